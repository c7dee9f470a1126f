import { failure, type OnePilotError } from '../errors/catalogue.ts';
import { engineArchitectures } from './architectures.ts';

/** What is known about a model that did not load. Everything but its name is optional: the gateway cannot see files. */
export interface FailedLoad {
  readonly model: string;
  /** Processes of the engine that the kernel killed for memory meanwhile. */
  readonly oomKills?: number;
  /** `general.architecture` of the file. */
  readonly architecture?: string;
  /** Why the file cannot be read as a GGUF file, as a clause ("it ends within its tensors"). */
  readonly fileProblem?: string;
  /** Bytes that the engine has to allocate for it. */
  readonly needs?: number;
  /** Bytes of the machine, or that the engine's limit leaves. */
  readonly memory?: number;
}

/**
 * Why the engine did not load a model. Pure.
 *
 * The engine itself does not say: whatever happens to a child, llama-server's router reports exit code 1, since its
 * `subprocess_join` turns every signal into EXIT_FAILURE (vendor/sheredom/subprocess.h). So the cause follows from
 * what else is known. Seen with v0.5.0 (`load-mode = none`; the log of `--log-verbosity 2`, exit code 1 each):
 * - cut off within its tensors: "tensor '…' data is not within the file bounds, model is corrupted or incomplete"
 * - cut off within its metadata: "gguf_init_from_reader: failed to read key-value pairs"
 * - the right magic before garbage: "number of tensors is … but must be in […]"; empty: "failed to read magic"
 * - unknown architecture: "unknown model architecture: '…'"
 * - an allocation that the kernel refuses (`ulimit -v`, more than all memory): "ggml_aligned_malloc: insufficient
 *   memory", "failed to allocate compute pp buffers"
 * - memory limited by its control group: killed without a line; the group's `oom_kill` goes up by one
 * - weights overwritten with ones: **loads**, and answers nonsense; only a hash finds that.
 */
export function diagnose({ model, ...known }: FailedLoad): OnePilotError {
  if (known.fileProblem !== undefined) return failure('MODEL_CORRUPT', { model, reason: known.fileProblem });
  const { architecture } = known;
  if (architecture !== undefined && !engineArchitectures.has(architecture)) {
    return failure('MODEL_ARCHITECTURE_UNSUPPORTED', { model, architecture });
  }
  const isTooBig = known.needs !== undefined && known.memory !== undefined && known.needs > known.memory;
  if (isTooBig || (known.oomKills ?? 0) > 0) return failure('MODEL_TOO_BIG', { model });
  return failure('MODEL_LOAD_FAILED', { model });
}
