/**
 * What the test models' merges are learned from: prose and code such as a copilot's prompts are made of. Any
 * change to this text changes the bytes of both models.
 */
export const corpus = `
You are a coding assistant inside an editor. You answer questions about the project that is open, you change
files when you are asked to, and you say so when you are not sure. Keep the answers short. Use the tools that
are given to you, and read a file before you change it. When the user asks for an explanation, explain what
the code does and why it does it, not every single line. If there is an error, say what the error means and
how it can be fixed. Do not make up functions, files or options that do not exist. The tests must pass after
your change; if they do not, say which of them failed and what the message was.

The appliance starts when the machine is created. It reads the context, checks every value, and reports all
problems at once. Then it writes the configuration, starts the engine and the gateway, and waits until they
are ready. A request comes over HTTPS, the key is checked, the model is chosen, and the request waits for its
turn. The answer is streamed back to the client while the model is still generating it. If the client closes
the connection, the generation is stopped, because processors are scarce and somebody else is waiting. The
certificate is made on the machine itself, the private key never leaves it, and no prompt is ever stored.

For each of the following questions, please write one function in the language of the file, with its
documentation and with a test. The first parameter is the path of the file, the second is the content. It
should return the number of bytes that were written, or throw an error with a message which tells the user
what to do. Please also update the list of changes and the version number. This is important: there should be
no other changes, and the name of the function should not be changed from what it is now.

\`\`\`typescript
import { readFile, writeFile } from 'node:fs/promises';

export interface Result {
  readonly name: string;
  readonly value: number | undefined;
  readonly error?: string;
}

export async function readResults(path: string, options: { limit?: number } = {}): Promise<Result[]> {
  const text = await readFile(path, 'utf8');
  const results: Result[] = [];
  for (const line of text.split('\\n')) {
    if (line.length === 0 || line.startsWith('#')) continue;
    const [name, value] = line.split('=');
    if (name === undefined || value === undefined) {
      throw new Error(\`The line "\${line}" is not a valid result\`);
    }
    results.push({ name: name.trim(), value: Number(value) });
  }
  return results.slice(0, options.limit ?? results.length);
}

export class Counter {
  private count = 0;

  increment(): void {
    this.count += 1;
  }

  get value(): number {
    return this.count;
  }
}

describe('readResults', () => {
  it('should return the results of the file', async () => {
    const results = await readResults('test/data/results.txt');
    expect(results.map((result) => result.name)).toEqual(['first', 'second', 'third']);
  });
});
\`\`\`

\`\`\`python
import os
import json
from typing import List, Optional


class Repository:
    """A list of items that is stored in a file."""

    def __init__(self, path: str, items: Optional[List[str]] = None):
        self.path = path
        self.items = items or []

    def load(self) -> None:
        if not os.path.exists(self.path):
            return
        with open(self.path, "r", encoding="utf-8") as file:
            self.items = json.load(file)

    def find(self, name: str) -> Optional[str]:
        for index, item in enumerate(self.items):
            if item == name:
                return item
        return None


def main() -> int:
    repository = Repository("items.json")
    repository.load()
    print("number of items:", len(repository.items))
    return 0


if __name__ == "__main__":
    main()
\`\`\`

\`\`\`json
{"type": "function", "function": {"name": "read_file", "description": "Reads a file", "parameters":
{"type": "object", "properties": {"path": {"type": "string", "description": "The path of the file"}},
"required": ["path"], "additionalProperties": false}}}
\`\`\`

\`\`\`go
func (server *Server) handle(request *http.Request) (int, error) {
	if request == nil {
		return 0, errors.New("request is nil")
	}
	for key, values := range request.Header {
		fmt.Println(key, len(values))
	}
	return len(request.Header), nil
}
\`\`\`
`;
