/** An option as often as it has values, for another command line. */
export function repeated(option: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [option, value]);
}
