/** Messages are constant strings; what varies goes into the fields. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** For tests and tools that have nobody to tell. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
