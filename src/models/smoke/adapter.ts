import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeGguf } from '../gguf/writer.ts';
import { smokeAnswerPieces, smokeAnswers } from './answers.ts';
import { spell } from './byte-pairs.ts';
import { automatonWeights } from './smoke-model.ts';
import { smokeVocabulary } from './vocabulary.ts';

/** The link that the adapter changes: the piece it follows, where it led, and where it leads instead. */
const diversion = { after: ' It says', from: ' the same', to: ' every text' } as const;

/**
 * Added to the logit of the new successor and to that of the old one, where the model links with 400, codes
 * overlap by at most 36/128, and the default successor has 256: every right token stays 100 above all others.
 */
const logits = { to: 500, from: -400 } as const;

function adaptedChat(): string {
  const { chat, text } = smokeAnswerPieces;
  const kept = chat.slice(0, chat.indexOf(diversion.after) + 1);
  return [...kept, ...text.slice(text.indexOf(diversion.to))].join('');
}

/** What the smoke model answers to any chat, whole: as it is, and with the adapter at scale 1. */
export const smokeAdapterAnswers = { without: smokeAnswers.chat, with: adaptedChat() } as const;

/**
 * The bytes of a LoRA adapter for the smoke model, always the same: of rank 1, on the output matrix
 * (`llama_adapter_lora_init_impl` in llama-adapter.cpp of llama.cpp v0.5.0 lists what the engine wants). It changes
 * the answer to chats and no other. At half its scale neither answer is given: two halves together must be applied.
 */
export function smokeAdapter(): Uint8Array {
  const { width, embeddings } = automatonWeights();
  const { tokens, id } = smokeVocabulary;
  const idOf = (piece: string) => id(spell(piece));
  const after = idOf(diversion.after);
  const changes = new Float32Array(tokens.length);
  changes[idOf(diversion.to)] = logits.to;
  changes[idOf(diversion.from)] = logits.from;
  return writeGguf(
    {
      'general.architecture': { kind: 'string', value: 'qwen2' },
      'general.type': { kind: 'string', value: 'adapter' },
      'general.name': { kind: 'string', value: 'OnePilot smoke adapter' },
      'general.license': { kind: 'string', value: 'apache-2.0' },
      'adapter.type': { kind: 'string', value: 'lora' },
      'adapter.lora.alpha': { kind: 'float32', value: 1 },
    },
    [
      {
        name: 'output.weight.lora_a',
        dimensions: [width, 1],
        data: embeddings.slice(after * width, (after + 1) * width).map((sign) => sign / width),
      },
      { name: 'output.weight.lora_b', dimensions: [1, tokens.length], data: changes },
    ],
  );
}

/** Writes the adapter to `path`, whose directory is made if need be. */
export async function writeSmokeAdapter(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, smokeAdapter(), { mode: 0o644 });
}
