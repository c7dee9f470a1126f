import type { JsonObject } from '../json.ts';
import type { GatewayModel } from '../models.ts';

/**
 * llama-server's `/props`, of one model: what Zed and llama.vscode read, without the paths, settings and templates that
 * the engine tells beside. The engine's fallback lets every chat template take tools; system messages are put where
 * each template wants them.
 */
export function propsOf({ id, roles, contextSize, slots }: GatewayModel): JsonObject {
  const isChat = roles.includes('chat');
  return {
    default_generation_settings: { n_ctx: contextSize },
    total_slots: slots ?? 1,
    model_alias: id,
    modalities: { vision: false, audio: false },
    chat_template_caps: {
      supports_system_role: isChat,
      supports_tools: isChat,
      supports_tool_calls: isChat,
      supports_parallel_tool_calls: isChat,
    },
    is_sleeping: false,
  };
}
