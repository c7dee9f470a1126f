const head = '# Campaign\n\n<!-- Written by `npm run test:campaign`. -->\n';

/** One kind of long proof, as it stands in docs/campaign.md. */
export interface CampaignSection {
  /** Names it for ever; the rest of its heading follows a colon. */
  readonly name: string;
  readonly outcome: string;
  /** Commit, day and machine. */
  readonly made: string;
  readonly text: string;
}

/** `page` with the section in place of the earlier one of its name, or at its end. Pure. @param page '' when there is none */
export function withSection(page: string, { name, outcome, made, text }: CampaignSection): string {
  const section = `## ${name}: ${outcome}\n\n${made}\n\n${text.trim()}\n`;
  const earlier = page.split(/^(?=## )/m).filter((part) => part.startsWith('## '));
  const at = earlier.findIndex((part) => part.startsWith(`## ${name}:`));
  const sections = at < 0 ? [...earlier, section] : earlier.with(at, section);
  return [head, ...sections.map((part) => `${part.trim()}\n`)].join('\n');
}
