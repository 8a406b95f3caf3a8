/** One line of the table: what was measured, beside the yardstick of the same run where there is one. */
export interface Row {
  readonly question: string;
  readonly value: number;
  readonly unit: string;
  readonly yardstick?: Yardstick;
}

export interface Yardstick {
  readonly name: string;
  readonly value: number;
}

/** Ours over the yardstick's; undefined without one. */
export function ratio(row: Row): number | undefined {
  return row.yardstick && row.value / row.yardstick.value;
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const beside = row.yardstick ? `${human(row.yardstick.value)} (${row.yardstick.name})` : '';
    return `| ${row.question} | ${human(row.value)} | ${row.unit} | ${beside} | ${ratio(row)?.toFixed(2) ?? ''} |`;
  });
  const head = [
    '| question | Peerfuse | unit | yardstick | ratio |',
    '| --- | --- | --- | --- | --- |',
  ];
  return [...head, ...lines].join('\n');
}

export function human(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
