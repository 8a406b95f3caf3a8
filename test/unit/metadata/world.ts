export * from '../../support/replica-world.ts';
