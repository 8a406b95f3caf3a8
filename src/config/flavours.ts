/** What a network is for; chosen when it is created, the same for all its members, never changed. */
export type Flavour = 'net' | 'lan';

/** What follows from the flavour. Code asks for the rule that it needs, never for the flavour's name. */
export interface FlavourPolicy {
  /** What a certificate names. */
  readonly certificateNames: 'user' | 'computer';
  /** Who owns a new file: the network user whose device this is (GID = UID), or the local process with its uid and gid. */
  readonly newFileOwner: 'network-user' | 'local-process';
  /** Who checks permissions: every peer, of every operation; or each machine's own kernel, machines being trusted. */
  readonly enforcedBy: 'every-peer' | 'kernel';
  /** Groups are members that a user added to the group of his own number, or the systems' own. */
  readonly groups: 'by-user' | 'of-systems';
  /** Whether uid 0 may do everything. */
  readonly rootIsSpecial: boolean;
  /** Whether content that not everybody may read is encrypted for those who may. */
  readonly encryptsContent: boolean;
  /** Whether operations are also sent by multicast, beside the discovery that both flavours have. */
  readonly multicastsOperations: boolean;
}

export const flavours: Readonly<Record<Flavour, FlavourPolicy>> = {
  net: {
    certificateNames: 'user',
    newFileOwner: 'network-user',
    enforcedBy: 'every-peer',
    groups: 'by-user',
    rootIsSpecial: false,
    encryptsContent: true,
    multicastsOperations: false,
  },
  lan: {
    certificateNames: 'computer',
    newFileOwner: 'local-process',
    enforcedBy: 'kernel',
    groups: 'of-systems',
    rootIsSpecial: true,
    encryptsContent: false,
    multicastsOperations: true,
  },
};

export function isFlavour(text: string): text is Flavour {
  return Object.hasOwn(flavours, text);
}
