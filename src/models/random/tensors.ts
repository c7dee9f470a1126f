import type { TensorInfo } from '../gguf/writer.ts';
import { tensorType } from './quantization.ts';
import { hasFullAttention, type Shape } from './shapes.ts';

/**
 * How much further apart logits are than inputs: the best of about 700 tokens is then some 18 above the silent
 * ones, which outweighs their number.
 */
const outputGain = 6;

/** What a tensor's elements are: one value, or random around zero. */
export type Content =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'random'; readonly deviation: number }
  /** Random rows for the tokens that the model may say, zeros for the rest. */
  | { readonly kind: 'output'; readonly deviation: number };

export interface RandomTensor extends TensorInfo {
  readonly content: Content;
}

/** Makes tensors of one shape. Matrices keep the variance of what they are multiplied with. */
function tensorMaker(shape: Shape, prefix: string) {
  const tensor = (name: string, dimensions: readonly number[], content: Content): RandomTensor => ({
    name: `${prefix}${name}`,
    dimensions,
    type: tensorType(shape, `${prefix}${name}`, dimensions),
    content,
  });
  return {
    matrix: (name: string, columns: number, ...rows: readonly number[]) =>
      tensor(name, [columns, ...rows], { kind: 'random', deviation: 1 / Math.sqrt(columns) }),
    constant: (name: string, value: number, ...dimensions: readonly number[]) =>
      tensor(name, dimensions, { kind: 'constant', value }),
    tensor,
  };
}

type TensorMaker = ReturnType<typeof tensorMaker>;

/** `output_norm`, embedding and, if it has one of its own, output: `load_arch_tensors` of every architecture. */
function vocabularyTensors(shape: Shape): RandomTensor[] {
  const { tensor, constant } = tensorMaker(shape, '');
  const dimensions = [shape.width, shape.vocabulary];
  const output: Content = { kind: 'output', deviation: outputGain / Math.sqrt(shape.width) };
  return [
    tensor('token_embd.weight', dimensions, shape.isTied ? output : { kind: 'random', deviation: 1 }),
    constant('output_norm.weight', 1, shape.width),
    ...(shape.isTied ? [] : [tensor('output.weight', dimensions, output)]),
  ];
}

function attentionTensors(shape: Shape, { matrix, constant }: TensorMaker): RandomTensor[] {
  const { architecture, width, heads, keyValueHeads, headSize } = shape;
  const queries = heads * headSize;
  const keys = keyValueHeads * headSize;
  const hasBias = architecture === 'qwen2' || architecture === 'gpt-oss';
  const hasGate = shape.deltaNet !== undefined;
  const tensors = [
    matrix('attn_q.weight', width, hasGate ? 2 * queries : queries),
    matrix('attn_k.weight', width, keys),
    matrix('attn_v.weight', width, keys),
    matrix('attn_output.weight', queries, width),
  ];
  if (hasBias) {
    tensors.push(
      constant('attn_q.bias', 0, queries),
      constant('attn_k.bias', 0, keys),
      constant('attn_v.bias', 0, keys),
    );
  } else
    tensors.push(constant('attn_q_norm.weight', 1, headSize), constant('attn_k_norm.weight', 1, headSize));
  if (architecture === 'gpt-oss') {
    tensors.push(constant('attn_output.bias', 0, width), constant('attn_sinks.weight', 0, heads));
  }
  return tensors;
}

/** `load_block_trunk` in models/qwen35.cpp and models/qwen35moe.cpp. */
function deltaNetTensors(
  width: number,
  { keyHeads, valueHeads, headSize, convolution }: NonNullable<Shape['deltaNet']>,
  { matrix, constant }: TensorMaker,
): RandomTensor[] {
  const values = valueHeads * headSize;
  const mixed = 2 * keyHeads * headSize + values;
  return [
    matrix('attn_qkv.weight', width, mixed),
    matrix('attn_gate.weight', width, values),
    matrix('ssm_conv1d.weight', convolution, mixed),
    constant('ssm_dt.bias', 0, valueHeads),
    constant('ssm_a', -1, valueHeads),
    matrix('ssm_beta.weight', width, valueHeads),
    matrix('ssm_alpha.weight', width, valueHeads),
    constant('ssm_norm.weight', 1, headSize),
    matrix('ssm_out.weight', values, width),
  ];
}

function expertTensors(
  shape: Shape,
  { count, feedForward, shared }: NonNullable<Shape['experts']>,
  { matrix, constant }: TensorMaker,
): RandomTensor[] {
  const { width } = shape;
  const tensors = [
    matrix('ffn_gate_inp.weight', width, count),
    matrix('ffn_gate_exps.weight', width, feedForward, count),
    matrix('ffn_up_exps.weight', width, feedForward, count),
    matrix('ffn_down_exps.weight', feedForward, width, count),
  ];
  if (shared !== undefined) {
    tensors.push(
      constant('ffn_gate_inp_shexp.weight', 0, width),
      matrix('ffn_gate_shexp.weight', width, shared),
      matrix('ffn_up_shexp.weight', width, shared),
      matrix('ffn_down_shexp.weight', shared, width),
    );
  }
  if (shape.architecture === 'gpt-oss') {
    tensors.push(
      constant('ffn_gate_inp.bias', 0, count),
      constant('ffn_gate_exps.bias', 0, feedForward, count),
      constant('ffn_up_exps.bias', 0, feedForward, count),
      constant('ffn_down_exps.bias', 0, width, count),
    );
  }
  return tensors;
}

function feedForwardTensors(shape: Shape, maker: TensorMaker): RandomTensor[] {
  const { width, feedForward, experts } = shape;
  if (experts) return expertTensors(shape, experts, maker);
  if (feedForward === undefined) throw new RangeError(`${shape.imitates}: neither feed-forward nor experts`);
  return [
    maker.matrix('ffn_gate.weight', width, feedForward),
    maker.matrix('ffn_up.weight', width, feedForward),
    maker.matrix('ffn_down.weight', feedForward, width),
  ];
}

/** The norm before the feed-forward part, which these architectures name by what it comes after. */
function secondNorm({ architecture, deltaNet }: Shape): string {
  return architecture === 'gpt-oss' || deltaNet ? 'post_attention_norm.weight' : 'ffn_norm.weight';
}

/** Every tensor that `load_arch_tensors` of the shape's architecture wants (llama.cpp v0.5.0, src/models/). */
export function shapeTensors(shape: Shape): RandomTensor[] {
  const tensors = vocabularyTensors(shape);
  for (let block = 0; block < shape.blocks; block++) {
    const maker = tensorMaker(shape, `blk.${block}.`);
    const hasDeltaNet = shape.deltaNet && !hasFullAttention(shape, block);
    tensors.push(
      maker.constant('attn_norm.weight', 1, shape.width),
      ...(shape.deltaNet && hasDeltaNet
        ? deltaNetTensors(shape.width, shape.deltaNet, maker)
        : attentionTensors(shape, maker)),
      maker.constant(secondNorm(shape), 1, shape.width),
      ...feedForwardTensors(shape, maker),
    );
  }
  return tensors;
}
