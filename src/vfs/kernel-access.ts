import type { Access } from './access.ts';

const allowed = () => undefined;

/**
 * For mounts on which the kernel checks every request before it is sent (`default_permissions`), with all groups and capabilities of
 * the process, which nobody else knows. What it leaves to file systems is the visibility of `trusted` attributes.
 */
export const kernelAccess: Access = {
  isKernels: true,
  search: allowed,
  addEntry: allowed,
  removeEntry: allowed,
  changeParent: allowed,
  makeNode: allowed,
  open: allowed,
  check: allowed,
  setAttributes: allowed,
  readXattr: allowed,
  writeXattr: allowed,
  showsXattr: (acting, name) => acting.uid === 0 || !name.startsWith('trusted.'),
  takesSetId: (acting, told) => told ?? acting.uid !== 0,
  grantedMode: (_acting, _gid, mode) => mode,
};
