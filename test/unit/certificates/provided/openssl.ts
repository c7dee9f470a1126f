import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, in PEM, and the files that openssl signs others with. */
export interface Made {
  readonly certificate: string;
  readonly key: string;
  readonly files: readonly [certificate: string, key: string];
}

interface Wishes {
  /** Who signs it; itself, when left out. */
  readonly by?: Made;
  /** Of x509v3_config(5). */
  readonly extensions?: readonly string[];
  /** Options of `openssl genpkey`. */
  readonly key?: readonly string[];
  /** The key of another one, used again. */
  readonly keyOf?: Made;
  readonly digest?: string;
  /** 90, when left out. */
  readonly days?: number;
}

export const authority = { extensions: ['basicConstraints=critical,CA:TRUE', 'subjectKeyIdentifier=hash'] };

/** Makes certificates with the real openssl, in a directory of its own. */
export function openssl() {
  const directory = mkdtempSync(join(tmpdir(), 'onepilot-provided-'));
  const config = join(directory, 'openssl.cnf');
  // Debian's own would mark whatever signs itself as a CA.
  writeFileSync(config, '[req]\ndistinguished_name = subject\n[subject]\n');
  let count = 0;

  /** What openssl answers on its standard output. */
  function run(args: readonly string[], input = ''): Buffer {
    return execFileSync('openssl', args, { input, stdio: 'pipe', cwd: directory });
  }

  function make(name: string, wishes: Wishes = {}): Made {
    const { by, extensions = [`subjectAltName=DNS:${name}`], keyOf, digest = 'sha256', days = 90 } = wishes;
    count += 1;
    const files = [join(directory, `${count}.crt`), join(directory, `${count}.key`)] as const;
    const [certificateFile, keyFile] = files;
    const kind = wishes.key ?? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const key = keyOf?.key ?? run(['genpkey', ...kind]).toString();
    writeFileSync(keyFile, key);
    const signer = by ? ['-CA', by.files[0], '-CAkey', by.files[1]] : [];
    const added = extensions.flatMap((extension) => ['-addext', extension]);
    const what = ['-x509', '-new', '-key', keyFile, '-subj', `/CN=${name}`, '-days', `${days}`, `-${digest}`];
    run(['req', '-config', config, ...what, ...added, ...signer, '-out', certificateFile]);
    return { certificate: readFileSync(certificateFile, 'utf8'), key, files };
  }

  return { make, run, directory, close: () => rmSync(directory, { recursive: true, force: true }) };
}
