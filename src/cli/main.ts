import { run } from './run.ts';

// Ends explicitly: a daemon that has stopped is over, whatever a worker thread still holds.
process.exit(await run(process.argv.slice(2)));
