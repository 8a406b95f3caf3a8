import { parentPort, workerData } from 'node:worker_threads';
import type { Command, WorkerOptions } from '../worker-messages.ts';
import { NetworkWorker } from './network-worker.ts';

// The entry of a network worker thread: every TLS connection of this process lives in one of these.

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');

const worker = new NetworkWorker(workerData as WorkerOptions, port);
port.on('message', (commands: readonly Command[]) => worker.obey(commands));
void worker.listen();
