/**
 * Claude Code's first line of a system prompt, such as
 * `x-anthropic-billing-header: cc_version=2.1.101.e51; cc_entrypoint=cli; cch=a5145;`. The end of `cc_version` is a
 * hash of the first message, and `cch` changes with each request (ggml-org/llama.cpp pull requests 20623 and 21793,
 * ex-machina-co/opencode-anthropic-auth pull request 74).
 */
const header = /^x-anthropic-billing-header:(?:[ \t]*[\w-]+=[^;\s]*(?:;|(?=\s)|$))*\s*/;

/**
 * `text` without that line: the cache of a prompt ends where it differs, and this would be its first words. It tells
 * a model nothing. (The engine's own way overwrites `cch` alone, which spoils the cache of other conversations.)
 */
export function withoutBillingHeader(text: string): string {
  return text.replace(header, '');
}
