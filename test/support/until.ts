/** Waits for a condition that becomes true by itself. Fails with the condition's text after `patienceMs`. */
export async function until(condition: () => boolean, patienceMs = 15_000): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`did not become true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
