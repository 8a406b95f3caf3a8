// inotify(7): what a watcher has been told so far.
#include "agent.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const struct {
  uint32_t bit;
  const char *name;
} event_names[] = {
    {IN_ACCESS, "access"},   {IN_MODIFY, "modify"},           {IN_ATTRIB, "attrib"},      {IN_CLOSE_WRITE, "close-write"},
    {IN_OPEN, "open"},       {IN_CLOSE_NOWRITE, "close"},     {IN_MOVED_FROM, "moved-from"}, {IN_MOVED_TO, "moved-to"},
    {IN_CREATE, "create"},   {IN_DELETE, "delete"},           {IN_DELETE_SELF, "delete-self"}, {IN_MOVE_SELF, "move-self"},
    {IN_UNMOUNT, "unmount"}, {IN_Q_OVERFLOW, "overflow"},     {IN_IGNORED, "ignored"},
};

static void answer_event(const struct inotify_event *event, bool first) {
  answer(first ? "" : ",");
  for (size_t index = 0; index < sizeof event_names / sizeof *event_names; index++) {
    if (event->mask & event_names[index].bit) answer("%s", event_names[index].name);
  }
  if (event->len > 0) answer(":%s", event->name);
}

/** events FD: all that wait, in their order; an event is `create:NAME`, or without a name of what is watched itself. */
static void run_events(struct words *words) {
  _Alignas(struct inotify_event) char buffer[16384];
  ssize_t length = read(descriptor_of(words, 1), buffer, sizeof buffer);
  if (length < 0 && errno == EAGAIN) return answer("nothing");
  if (length < 0) return answer_result(-1);
  for (char *next = buffer; next < buffer + length;) {
    const struct inotify_event *event = (const struct inotify_event *)next;
    answer_event(event, next == buffer);
    next += sizeof *event + event->len;
  }
}

const struct call watch_calls[] = {{"events", run_events}, {0}};
