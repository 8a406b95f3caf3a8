import { uptime } from 'node:os';

/** Milliseconds since the machine was started, the time that it slept included. Nobody can set it, and no jump of the clock moves it. */
export function machineUptimeMs(): number {
  return uptime() * 1000;
}
