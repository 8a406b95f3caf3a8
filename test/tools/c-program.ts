import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A C program of so many files, with a Makefile that knows which of them need which header. */
export function plantProgram(folder: string, files: number): void {
  mkdirSync(join(folder, 'src'), { recursive: true });
  const numbers = Array.from({ length: files }, (_, index) => index);
  for (const number of numbers) {
    writeFileSync(join(folder, 'src', `part${number}.h`), `int part${number}(void);\n`);
    writeFileSync(join(folder, 'src', `part${number}.c`), sourceOf(number));
  }
  writeFileSync(join(folder, 'src/main.c'), mainOf(numbers));
  writeFileSync(join(folder, 'Makefile'), makefile);
}

function sourceOf(number: number): string {
  const next = number + 1;
  const include = number % 10 === 9 ? '' : `#include "part${next}.h"\n`;
  const value = number % 10 === 9 ? '1' : `part${next}() + 1`;
  return `#include "part${number}.h"\n${include}int part${number}(void) { return ${value}; }\n`;
}

function mainOf(numbers: readonly number[]): string {
  const heads = numbers.filter((number) => number % 10 === 0);
  const includes = heads.map((number) => `#include "part${number}.h"\n`).join('');
  const sum = heads.map((number) => `part${number}()`).join(' + ');
  return `#include <stdio.h>\n${includes}int main(void) { printf("%d\\n", ${sum}); return 0; }\n`;
}

const makefile = `objects := $(patsubst src/%.c,build/%.o,$(wildcard src/*.c))
program: $(objects)
\tcc -o $@ $^
build/%.o: src/%.c | build
\tcc -O0 -MMD -c -o $@ $<
build:
\tmkdir build
-include $(objects:.o=.d)
`;
