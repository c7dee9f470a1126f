import { type TensorType, tensorTypes } from '../gguf/writer.ts';
import type { Shape } from './shapes.ts';

/** Matrices that llama-quantize leaves as they are (`tensor_allows_quantization` in llama-quant.cpp). */
const keptMatrices = /_norm\.weight$|\.ffn_gate_inp\.weight$|\.ssm_conv1d\.weight$/;

/** Matrices whose precision matters more (`ATTENTION_V`, `ATTENTION_QKV` and `FFN_DOWN` there). */
const sensitiveMatrices = /\.attn_(?:v|qkv)\.weight$|\.ffn_down/;

/** For rows that are no whole blocks of 256 (`tensor_type_fallback` there). */
const fallbacks: Readonly<Partial<Record<TensorType, TensorType>>> = { Q4_K: 'Q5_0', Q6_K: 'Q8_0' };

/** Whether Q4_K_M gives a block's sensitive matrices more bits (`use_more_bits` there). */
function hasMoreBits(block: number, blocks: number): boolean {
  const eighth = Math.floor(blocks / 8);
  return block < eighth || block >= Math.floor((7 * blocks) / 8) || (block - eighth) % 3 === 2;
}

function wantedType(shape: Shape, name: string, dimensions: readonly number[]): TensorType {
  const isOutput = name === 'output.weight' || (shape.isTied && name === 'token_embd.weight');
  if (shape.quantization === 'MXFP4_MOE') return dimensions.length === 3 ? 'MXFP4' : 'Q8_0';
  if (isOutput) return 'Q6_K';
  const block = Number(/^blk\.(\d+)\./.exec(name)?.[1]);
  return sensitiveMatrices.test(name) && hasMoreBits(block, shape.blocks) ? 'Q6_K' : 'Q4_K';
}

/**
 * The type that `llama-quantize` of llama.cpp v0.5.0 gives a tensor (`llama_tensor_get_type_impl`; its
 * exceptions for models of eight experts and of 70B are left out, no shape being one).
 */
export function tensorType(shape: Shape, name: string, dimensions: readonly number[]): TensorType {
  const [columns = 1] = dimensions;
  if (dimensions.length < 2 || !name.endsWith('weight') || keptMatrices.test(name)) return 'F32';
  const wanted = wantedType(shape, name, dimensions);
  return columns % tensorTypes[wanted].elements === 0 ? wanted : (fallbacks[wanted] ?? wanted);
}
