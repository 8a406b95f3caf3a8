// The one place that knows how @peculiar/x509 wants to be set up. It takes a tenth of a second to load: only what makes
// certificates or reads requests imports this; checking certificates needs node:crypto alone.
// It changes a global, which the library looks at while it loads.
// oxlint-disable-next-line import/no-unassigned-import
import './reflect-metadata.ts';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export { x509 };
