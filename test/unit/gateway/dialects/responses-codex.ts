const text = (content: string) => [{ type: 'input_text', text: content }];
const parameters = { type: 'object', properties: { cmd: { type: 'string' } }, additionalProperties: false };

/**
 * The second turn of `codex exec` with an MCP server, captured from @openai/codex 0.169.0, its texts and tools
 * shortened (their source: codex-rs/codex-api/src/common.rs, codex-rs/protocol/src/models.rs).
 */
export const codexRequest = {
  model: 'onepilot-smoke',
  stream: true,
  input: [
    {
      type: 'message',
      id: 'msg_f2a7a30b-6613-52f2-a2bc-129d39ed2e73',
      role: 'developer',
      content: text('You are a coding agent running in the Codex CLI.'),
    },
    {
      type: 'message',
      id: 'msg_01a1fe6e-0a09-7e20-9579-d35f8b02f364',
      role: 'developer',
      content: text('<skills_instructions>'),
    },
    {
      type: 'message',
      id: 'msg_01a1fe6e-0a09-7e20-9579-d367132501b6',
      role: 'user',
      content: text('<environment_context>'),
    },
    {
      type: 'message',
      id: 'msg_01a1fe6e-0a23-7392-9192-4e07482996df',
      role: 'user',
      content: text('use a tool'),
    },
    {
      type: 'reasoning',
      id: 'rs_b4a8334e-b3b1-42dd-aecf-637db0017c8a_0',
      summary: [{ type: 'summary_text', text: 'Let me think.' }],
      content: null,
      encrypted_content: null,
    },
    {
      type: 'message',
      status: 'completed',
      id: 'msg_b4a8334e-b3b1-42dd-aecf-637db0017c8a_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'I call it.', annotations: [], logprobs: [] }],
    },
    {
      type: 'function_call',
      status: 'completed',
      id: 'fc_b4a8334e-b3b1-42dd-aecf-637db0017c8a_2',
      name: 'exec_command',
      arguments: '{"cmd":"echo from-the-shell"}',
      call_id: 'c2',
    },
    {
      type: 'function_call_output',
      id: 'fco_01a1fe7e-7719-73e3-941c-a3dcbc635aef',
      call_id: 'c2',
      output: 'Process exited with code 0\nOutput:\nfrom-the-shell\n',
    },
  ],
  tools: [
    { type: 'function', name: 'exec_command', description: 'Runs a command.', strict: false, parameters },
    {
      type: 'namespace',
      name: 'mcp__toy',
      description: 'Tools in the mcp__toy namespace.',
      tools: [
        {
          type: 'function',
          name: 'echo',
          description: 'says it again',
          strict: false,
          parameters: { type: 'object', properties: { text: { type: 'string' } } },
        },
      ],
    },
    { type: 'web_search', external_web_access: false },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { summary: 'auto' },
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: '01a1fe6e-0910-7db1-b728-f9955260d8cd',
  client_metadata: { turn_id: '01a1fe6e-097f-7f43-bebf-3f19e2afa1ec' },
};
