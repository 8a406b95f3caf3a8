/** What a network is for; chosen when it is created, the same for all its members, never changed. */
export type Flavour = 'net' | 'lan';

/** What follows from the flavour. Code asks for the rule that it needs, never for the flavour's name. */
export interface FlavourPolicy {
  /** What a certificate names. */
  readonly certificateNames: 'user' | 'computer';
  /** Who checks permissions: every peer, of every operation; or each machine's own kernel, machines being trusted. */
  readonly enforcedBy: 'every-peer' | 'kernel';
}

export const flavours: Readonly<Record<Flavour, FlavourPolicy>> = {
  net: {
    certificateNames: 'user',
    enforcedBy: 'every-peer',
  },
  lan: {
    certificateNames: 'computer',
    enforcedBy: 'kernel',
  },
};

export function isFlavour(text: string): text is Flavour {
  return Object.hasOwn(flavours, text);
}
