import type { BuildOptions } from './stage.ts';

/** File name of the finished image. */
export function packagedImage({
  profile,
  contextualization = 'agent',
}: Pick<BuildOptions, 'profile' | 'contextualization'>): string {
  return `onepilot-${profile}${contextualization === 'agent' ? '' : `-${contextualization}`}.qcow2`;
}

/** File name of the disk that holds a profile's models, for VMs whose image has none. */
export function packagedModelDisk({ profile }: Pick<BuildOptions, 'profile'>): string {
  return `onepilot-models-${profile}.qcow2`;
}

/** The files that lie beside an image, by what they hold. `image` may be a path. */
export function beside(image: string) {
  return {
    sha256: `${image}.sha256`,
    md5: `${image}.md5`,
    manifest: `${image}.manifest.json`,
    /** Software bill of materials: CycloneDX 1.6 in JSON. */
    bill: `${image}.cdx.json`,
    /** Detached signature of the manifest, as `ssh-keygen -Y sign` writes it. */
    signature: `${image}.manifest.json.sig`,
  };
}
