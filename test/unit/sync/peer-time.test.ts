import { expect, test } from 'vitest';
import type { DeviceId } from '../../../src/identity/ids.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import type { Logger } from '../../../src/platform/logger.ts';
import { PeerTime, type PeerTimeMemory } from '../../../src/sync/peer-time.ts';

const dayMs = 24 * 60 * 60 * 1000;
const yearMs = 365 * dayMs;
const startMs = Date.UTC(2026, 5, 1);
const [bob, carol] = [2 as DeviceId, 3 as DeviceId];

/** A machine whose real time, clock, boots and memory the test holds. */
class Machine {
  realMs = startMs;
  wrongByMs = 0;
  bootedMs = startMs - dayMs;
  boot = 'boot 1';
  memory: PeerTimeMemory | undefined;
  readonly said: string[] = [];

  open(): PeerTime {
    const clock: Clock = {
      nowMs: () => this.realMs + this.wrongByMs,
      monotonicMs: () => this.realMs - this.bootedMs,
      after: () => () => undefined,
    };
    const logger = {
      warn: (_fields: object, text: string) => this.said.push(text),
      info: (_fields: object, text: string) => this.said.push(text),
    } as unknown as Logger;
    return new PeerTime({
      ...{ self: { device: 1 as DeviceId, user: 'alice' }, clock, logger },
      ...{ uptimeMs: () => this.realMs - this.bootedMs, bootId: this.boot },
      store: { load: () => this.memory, save: (memory) => (this.memory = memory) },
      notBeforeMs: startMs - 30 * dayMs,
    });
  }

  reboot(offMs: number): void {
    this.realMs += offMs;
    this.bootedMs = this.realMs;
    this.boot = `boot ${this.boot}`;
  }
}

test('a clock that its peers confirm is believed', () => {
  const machine = new Machine();
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs + 300);
  expect(time.stampMs()).toBe(machine.realMs);
  expect(time.presentMs()).toBe(machine.realMs);
  expect(time.state()).toMatchObject({ aheadMs: -300, correctionMs: 0 });
  expect(machine.said).toEqual([]);
});

test('a clock a day ahead of its only peer makes no stamps a day ahead, and says so once', () => {
  const machine = new Machine();
  machine.wrongByMs = dayMs;
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs);
  time.hear(bob, 'bob', machine.realMs + 200);
  expect(Math.abs(time.stampMs() - machine.realMs)).toBeLessThan(1000);
  expect(machine.said).toEqual([
    "this machine's clock is 24 h ahead of its peer's: set the one that is wrong",
  ]);
});

test('one peer from the future moves nothing', () => {
  const machine = new Machine();
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs + 10 * yearMs);
  expect(time.stampMs()).toBe(machine.realMs);
  expect(time.presentMs()).toBe(machine.realMs);
  expect(time.state().aheadMs).toBe(-10 * yearMs);
});

test('a majority of users corrects a clock that is behind', () => {
  const machine = new Machine();
  machine.wrongByMs = -dayMs;
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs);
  time.hear(carol, 'carol', machine.realMs);
  expect(time.stampMs()).toBe(machine.realMs);
  expect(time.presentMs()).toBe(machine.realMs);
});

test('a clock that jumps while nobody is in reach is held against what peers said before', () => {
  const machine = new Machine();
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs);
  time.forget(bob);
  for (const wrongByMs of [yearMs, -yearMs, dayMs, 0]) {
    machine.realMs += 1000;
    machine.wrongByMs = wrongByMs;
    expect(time.stampMs()).toBe(machine.realMs);
  }
});

test('the same holds over a restart of the daemon, as long as the machine runs', () => {
  const machine = new Machine();
  machine.open().hear(bob, 'bob', machine.realMs);
  machine.realMs += dayMs;
  machine.wrongByMs = yearMs;
  expect(machine.open().stampMs()).toBe(machine.realMs);
});

test('after the machine was off, its clock is never believed to be before the time that peers confirmed', () => {
  const machine = new Machine();
  machine.open().hear(bob, 'bob', machine.realMs);
  const confirmedMs = machine.realMs;
  machine.reboot(3 * dayMs);
  machine.wrongByMs = -20 * yearMs;
  const time = machine.open();
  machine.realMs += 5000;
  // Less the resolution of the time since the machine was started.
  expect(time.stampMs()).toBe(confirmedMs + 5000 - 10);
});

test('a wrong time that a peer confirmed is forgotten when both were set right', () => {
  const machine = new Machine();
  machine.wrongByMs = yearMs;
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs + yearMs);
  machine.wrongByMs = 0;
  time.hear(bob, 'bob', machine.realMs);
  expect(time.stampMs()).toBe(machine.realMs);
});

test('whoever wants to know is told when the clock was set, and when it agrees again', () => {
  const machine = new Machine();
  const time = machine.open();
  const changes: boolean[] = [];
  time.onChange((wasSet) => changes.push(wasSet));
  machine.wrongByMs = dayMs;
  time.hear(bob, 'bob', machine.realMs);
  machine.wrongByMs = 0;
  time.presentMs();
  expect(changes).toEqual([true, true]);
  expect(machine.said.at(-1)).toBe("this machine's clock agrees with its peers' again");
});

test('a peer that is gone has no voice: its clock may have been set', () => {
  const machine = new Machine();
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs + dayMs);
  time.forget(bob);
  time.hear(carol, 'carol', machine.realMs + dayMs);
  expect(time.presentMs()).toBe(machine.realMs);
  expect(time.stampMs()).toBe(machine.realMs);
});

test('a clock that was ahead of its only peer stays corrected when that one is gone, until it is set', () => {
  const machine = new Machine();
  machine.wrongByMs = dayMs;
  const time = machine.open();
  time.hear(bob, 'bob', machine.realMs);
  time.forget(bob);
  expect(time.stampMs()).toBe(machine.realMs);
  machine.wrongByMs = 0;
  expect(time.stampMs()).toBe(machine.realMs);
});
