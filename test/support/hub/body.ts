import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './server.ts';

/** Bytes that are handed to a connection at once. */
const blockSize = 16 * 1024;

export interface FileAnswer extends Call {
  readonly content: Uint8Array;
  readonly etag: string;
  readonly onSent: (bytes: number) => void;
}

/** Answers GET and HEAD with a file or the range of it that is asked for, or with what `fault` makes of that. */
export async function sendFile({
  request,
  response,
  fault,
  content,
  etag,
  onSent,
}: FileAnswer): Promise<void> {
  const file = fault?.kind === 'changed' ? fault.content : content;
  const validator = fault?.kind === 'changed' ? `"changed-${file.length}"` : etag;
  const wanted = fault?.kind === 'ignore-range' ? undefined : request.headers.range;
  const condition = request.headers['if-range'];
  const range = condition === undefined || condition === validator ? firstOf(wanted) : undefined;
  response.setHeader('etag', fault?.kind === 'weak-etag' ? `W/${validator}` : validator);
  response.setHeader('content-type', 'application/octet-stream');
  if (fault?.kind === 'compressed') response.setHeader('content-encoding', 'gzip');
  if (range !== undefined && range >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const first = (range ?? 0) + (fault?.kind === 'other-range' ? fault.by : 0);
  const bytes = Uint8Array.from(file.subarray(first));
  if (fault?.kind === 'wrong-byte' && fault.position >= first) {
    bytes[fault.position - first] = (bytes[fault.position - first] ?? 0) ^ 0xff;
  }
  const length = bytes.length + (fault?.kind === 'wrong-length' ? fault.by : 0);
  if (fault?.kind !== 'no-length') response.setHeader('content-length', length);
  if (range === undefined) response.writeHead(200);
  else response.writeHead(206, { 'content-range': `bytes ${first}-${file.length - 1}/${file.length}` });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await sendBody(response, bytes, fault, onSent);
}

async function sendBody(
  response: ServerResponse,
  bytes: Uint8Array,
  fault: Call['fault'],
  onSent: (bytes: number) => void,
): Promise<void> {
  const shortened = fault?.kind === 'cut' || fault?.kind === 'stall' ? fault.after : undefined;
  const cutAfter = fault?.kind === 'changed' ? fault.cutAfter : shortened;
  const endAfter = fault?.kind === 'no-length' ? fault.after : cutAfter;
  const end = Math.min(endAfter ?? bytes.length, bytes.length);
  const closed = new Promise((resolve) => response.once('close', resolve));
  const block = fault?.kind === 'slow' ? Math.max(1, Math.ceil(fault.bytesPerSecond / 20)) : blockSize;
  for (let at = 0; at < end && !response.destroyed; at += block) {
    const part = bytes.subarray(at, Math.min(end, at + block));
    onSent(part.length);
    const written = Promise.withResolvers<void>();
    response.write(part, () => written.resolve());
    await Promise.race([written.promise, closed]);
    if (fault?.kind === 'slow') await sleep(50);
  }
  if (fault?.kind === 'stall') return;
  if (cutAfter !== undefined || fault?.kind === 'wrong-length') response.destroy();
  else response.end();
}

/** The first byte that a range without an end asks for; other forms are not asked with here. */
function firstOf(range: string | undefined): number | undefined {
  const first = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  return first === undefined ? undefined : Number(first);
}
