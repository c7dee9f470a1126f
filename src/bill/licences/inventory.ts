import * as z from 'zod';

/** Something in the image that somebody else made, with its licence and where the image keeps the texts. */
export const LicencedPart = z.strictObject({
  name: z.string(),
  /** Absent where its maker numbers nothing. */
  version: z.string().optional(),
  /** SPDX expression; absent where nobody stated one. */
  licence: z.string().optional(),
  /** Where it comes from. */
  url: z.string().optional(),
  /** Where its licence can be read when no text is at hand. */
  licenceUrl: z.string().optional(),
  /** Paths of licence texts and notices, relative to the folder of licences. */
  texts: z.array(z.string()),
});
export type LicencedPart = z.infer<typeof LicencedPart>;

/** A program with the code of others inside. */
export const LicencedProgram = LicencedPart.extend({ parts: z.array(LicencedPart) });
export type LicencedProgram = z.infer<typeof LicencedProgram>;

/** Everything in the image that is neither a Debian package nor OnePilot's own. */
export const LicenceInventory = z.strictObject({
  engine: LicencedProgram.extend({
    /** Commit of its source, before our patches. */
    commit: z.string(),
  }),
  node: LicencedProgram,
  npm: z.array(LicencedPart),
  models: z.array(LicencedPart),
});
export type LicenceInventory = z.infer<typeof LicenceInventory>;

/** Name of the inventory in the payload stage's output. */
export const inventoryFile = 'licences.json';

/** The folder of licences in the image. */
export const licencesFolder = 'usr/share/doc/onepilot/licences';

/** A text for the folder of licences. */
export interface LicenceText {
  /** Relative to that folder. */
  readonly path: string;
  readonly text: string;
}
