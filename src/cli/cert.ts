import type { Command } from 'commander';
import { addCertificateImport } from './cert-import.ts';
import { addCertificateRequest } from './cert-request.ts';
import { addCertificateShow } from './cert-show.ts';
import { addCertificateSign } from './cert-sign.ts';
import type { Home } from './program.ts';

/** The same enrolment as by invitation, by files that people carry: for an authority that is kept offline, and for renewal. */
export function addCertificateCommands(program: Command, home: Home): void {
  const group = program
    .command('cert')
    .description('certificates by files: show, request, sign, import');
  addCertificateShow(group, home);
  addCertificateRequest(group, home);
  addCertificateSign(group, home);
  addCertificateImport(group, home);
}
