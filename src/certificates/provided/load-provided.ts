import type { PemSource } from '../../context/kinds/pem.ts';
import { type SettingName, type Settings, variableFor } from '../../context/variables.ts';
import { readProvidedFile } from './read-file.ts';
import { type Circumstances, type Placed, type Provided, readProvided } from './read-provided.ts';

/**
 * The certificate that the settings provide, wherever its parts are; undefined where they provide none.
 * @param mount where the file system with a label is mounted, if it is
 */
export async function loadProvided(
  { tlsCertificate, tlsKey }: Pick<Settings, 'tlsCertificate' | 'tlsKey'>,
  mount: (label: string) => string,
  circumstances: Circumstances,
): Promise<Provided | undefined> {
  if (!tlsCertificate || !tlsKey) return undefined;
  const [certificate, key] = await Promise.all([
    textOfSource(tlsCertificate, 'tlsCertificate', (pem) => pem, mount),
    textOfSource(tlsKey, 'tlsKey', (pem) => pem.reveal(), mount),
  ]);
  if ('text' in certificate && 'text' in key) return readProvided(certificate, key, circumstances);
  return { problems: [certificate, key].flatMap((part) => ('problems' in part ? part.problems : [])) };
}

function textOfSource<Pem>(
  source: PemSource<Pem>,
  setting: SettingName,
  reveal: (pem: Pem) => string,
  mount: (label: string) => string,
): Promise<Placed | Extract<Provided, { problems: unknown }>> {
  if (source.kind === 'disk') return readProvidedFile(source, mount(source.label));
  return Promise.resolve({ text: reveal(source.pem), place: variableFor[setting].name });
}
