import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { beside } from '../builder/artefacts.ts';
import { digestFile } from '../builder/digest.ts';
import type { Manifest } from '../builder/manifest.ts';
import { failure, type OnePilotError } from '../errors/catalogue.ts';

/** QEMU: docs/interop/qcow2.rst, «Header». */
const qcow2 = { magic: 0x51_46_49_fb, sizeAt: 24, length: 32 };

/** Bytes of the disk in a qcow2 file, from its header; undefined for what is none. */
async function virtualSize(path: string): Promise<number | undefined> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(qcow2.length);
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    if (bytesRead < header.length || header.readUInt32BE(0) !== qcow2.magic) return undefined;
    return Number(header.readBigUInt64BE(qcow2.sizeAt));
  } finally {
    await file.close();
  }
}

/** What a manifest states of its image and the file does not bear out. */
async function imageProblems(path: string, { image }: Manifest): Promise<OnePilotError[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return [failure('SIGNATURE_IMAGE_MISSING', { path })];
  // Together, so that a large file is read from its disk once.
  const [sha256, md5] = await Promise.all([digestFile(path, 'sha256'), digestFile(path, 'md5')]);
  const facts = [
    { fact: 'its size in bytes', found: found.size, stated: image.size },
    { fact: 'its SHA-256', found: sha256, stated: image.sha256 },
    { fact: 'its MD5', found: md5, stated: image.md5 },
    { fact: 'its virtual size', found: (await virtualSize(path)) ?? 'unknown', stated: image.virtualSize },
  ];
  return facts
    .filter((fact) => fact.found !== fact.stated)
    .map((fact) => failure('SIGNATURE_IMAGE_WRONG', { path, ...fact }));
}

async function billProblems(image: string, { bill }: Manifest): Promise<OnePilotError[]> {
  const { bill: path, manifest } = beside(image);
  if (bill === undefined) return [failure('BILL_NOT_STATED', { path: manifest })];
  const found = await digestFile(path).catch(() => undefined);
  if (found === undefined) return [failure('BILL_MISSING', { path })];
  return found === bill.sha256 ? [] : [failure('BILL_WRONG', { path, found, stated: bill.sha256 })];
}

/** Names carry the version: an old image that is offered under a name of today is signed, and not what was asked for. */
function nameProblems(image: string, { image: { file }, bill }: Manifest): OnePilotError[] {
  const names = [
    { path: image, stated: file },
    { path: beside(image).bill, stated: bill?.file },
  ];
  return names.flatMap(({ path, stated }) =>
    stated === undefined || stated === basename(path)
      ? []
      : [failure('SIGNATURE_NAME_WRONG', { path, stated })],
  );
}

/** Where image and bill of materials are not what their manifest states: everything, not the first thing. */
export async function factProblems(image: string, manifest: Manifest): Promise<OnePilotError[]> {
  return [
    ...nameProblems(image, manifest),
    ...(await imageProblems(image, manifest)),
    ...(await billProblems(image, manifest)),
  ];
}
