import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const Reply = z.looseObject({
  return: z.unknown().optional(),
  error: z.looseObject({ desc: z.string() }).optional(),
});

/** A command that gets no answer in this time has none coming, in milliseconds. */
const deadlineMs = 10_000;

/**
 * Runs one command on a QMP socket and answers what it returned (QEMU, docs/interop/qmp-spec.rst).
 * @throws an Error with QEMU's description when it refuses
 */
export async function qmp(
  path: string,
  execute: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const socket = connect(path);
  socket.setTimeout(deadlineMs, () => socket.destroy(new Error(`QMP ${execute}: no answer`)));
  try {
    socket.write(`${JSON.stringify({ execute: 'qmp_capabilities' })}\n`);
    socket.write(`${JSON.stringify({ execute, arguments: parameters, id: 'command' })}\n`);
    for await (const line of createInterface({ input: socket })) {
      const message: unknown = JSON.parse(line);
      const reply = Reply.parse(message);
      if (reply.error) throw new Error(`QMP ${execute}: ${reply.error.desc}`);
      if (reply.id === 'command') return reply.return;
    }
    throw new Error(`QMP ${execute}: connection closed`);
  } finally {
    socket.destroy();
  }
}
