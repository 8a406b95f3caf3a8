// What nobody may exceed, and how long things may take.

/** Ranges that one peer may hold: far more than the most eager database uses, and some megabytes of memory. */
export const maximumLocksPerPeer = 65_536;

/** Wishes of one peer that may wait. */
export const maximumWaitingPerPeer = 8_192;

/** Messages of one peer that wait until others have spoken, or until its log is here. */
export const maximumDeferredPerPeer = 65_536;

/** Files that one peer may be the only one to use: more are judged one by one. */
export const maximumDelegationsPerPeer = 65_536;

/** Locks in one message: below a megabyte. */
export const maximumLocksPerMessage = 8_192;

/** Who has no lock of a file lets those who waited before him go first, but no longer than this: they may wait for something else of his. */
export const yieldToWaitersMs = 5_000;

/** A member that does not say what it holds is left out then: the others do not wait for it for good. */
export const assertPatienceMs = 3_000;

/** A wish that the coordinator did not even take note of fails then. */
export const answerPatienceMs = 10_000;

/** Who is interrupted is told so at the latest then, whether or not the coordinator has said that he did not get the lock. */
export const cancelPatienceMs = 1_000;

/** A file that nobody locked for so long is given back to its coordinator. */
export const disuseMs = 30_000;

/** A file that two peers used within this time stays with the coordinator. */
export const sharedForMs = 1_000;

/** How often what depends on time is looked at. */
export const tickMs = 500;
