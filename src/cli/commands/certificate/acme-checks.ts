import { X509Certificate } from 'node:crypto';
import { type Check, failed } from '../../../certificates/acme/checks/check.ts';
import type { Past } from '../../../certificates/acme/preflight.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { CommandWorld } from '../command.ts';
import { imageIfAny } from '../context-problems.ts';
import type { Known } from './known.ts';

/** What is looked at before an ACME CA is asked; nothing where none is wanted. */
export async function acmeChecks(
  { wanted, stock }: Pick<Known, 'wanted' | 'stock'>,
  { checkAcme, paths }: CommandWorld,
): Promise<readonly Check[]> {
  if (!wanted) return [];
  try {
    return await checkAcme(wanted, await pastOf(stock, paths));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [failed('what an ACME CA looks at', failure('COMMAND_FAILED', { reason }))];
  }
}

/** What a clock that is right is ahead of. */
async function pastOf(
  stock: Known['stock'],
  { imageFacts }: CommandWorld['paths'],
): Promise<readonly Past[]> {
  const image = await imageIfAny(imageFacts);
  const built = image && new Date(image.builtAt * 1000);
  const begun = stock && new X509Certificate(stock.certificate).validFromDate;
  return [
    ...(built ? [{ at: built, says: `this image was built at ${built.toISOString()}` }] : []),
    ...(begun
      ? [{ at: begun, says: `the certificate in stock is valid from ${begun.toISOString()} on` }]
      : []),
  ];
}
