import type { CommandArgument, CommandDefinition, CommandOption, Completion } from './command.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** Options that every command takes. */
export const globalOptions: readonly CommandOption[] = [
  { name: 'workspace', value: 'FOLDER', complete: 'folder' },
  { name: 'lang', value: 'LANGUAGE', complete: ['en', 'fr'] },
  { name: 'json' },
  { name: 'no-input' },
  { name: 'no-color' },
  { name: 'verbose' },
  { name: 'help' },
]

export interface CompletionNames {
  readonly sync: readonly string[]
  readonly segment: readonly string[]
  /** Syncs and segments. */
  readonly target: readonly string[]
  readonly run: readonly string[]
}

/**
 * What may stand at the place of the last of `words` (what was typed after "affluent", the last word perhaps half). Generated from the
 * command tree, so that it never lags behind; names of syncs, segments and runs come from the workspace, which is read only when they
 * are asked for. An empty answer lets the shell complete files.
 */
export async function completeWords(
  definitions: readonly CommandDefinition[],
  words: readonly string[],
  readNames: () => Promise<CompletionNames>,
): Promise<string[]> {
  // Bash splits "--lang=fr" into three words.
  const typed = words.slice(0, -1).filter((word) => word !== '=')
  const half = words.at(-1) === '=' ? '' : (words.at(-1) ?? '')
  const wanted = expect(definitions, typed, half)
  const found = typeof wanted === 'string' ? await namesFor(wanted, readNames) : wanted
  // In a list, only the last name is half typed.
  const before = half.slice(0, half.lastIndexOf(',') + 1)
  return found.map((name) => `${before}${name}`).filter((candidate) => candidate.startsWith(half))
}

/** The value of `--workspace` among the words. */
export function workspaceOf(words: readonly string[]): string | undefined {
  const typed = words.slice(0, -1).filter((word) => word !== '=')
  const index = typed.lastIndexOf('--workspace')
  return index === -1 ? undefined : typed[index + 1]
}

function expect(
  definitions: readonly CommandDefinition[],
  typed: readonly string[],
  half: string,
): Completion | readonly string[] {
  const definition = definitions.find((each) =>
    each.name.split(' ').every((word, index) => typed[index] === word),
  )
  const options = [...(definition?.options ?? []), ...globalOptions]
  const previous = options.find((option) => option.value !== undefined && `--${option.name}` === typed.at(-1))
  if (previous) return previous.complete ?? []
  if (half.startsWith('-')) return options.map((option) => `--${option.name}`)
  if (!definition) return nextCommandWords(definitions, typed)
  const given = positionals(typed.slice(definition.name.split(' ').length), options)
  return argumentAt(definition, given)?.complete ?? []
}

/** The last argument takes all words that are left when it takes many. */
function argumentAt(
  { arguments: words = [] }: CommandDefinition,
  place: number,
): CommandArgument | undefined {
  const last = words.at(-1)
  return words[place] ?? (last?.many === true ? last : undefined)
}

function nextCommandWords(definitions: readonly CommandDefinition[], typed: readonly string[]): string[] {
  const words = definitions
    .map((definition) => definition.name.split(' '))
    .filter((parts) => typed.every((word, index) => parts[index] === word))
    .flatMap((parts) => parts.slice(typed.length, typed.length + 1))
  return [...new Set(words)]
}

/** How many positional arguments were typed already. */
function positionals(typed: readonly string[], options: readonly CommandOption[]): number {
  return typed.filter((word, index) => {
    const before = typed[index - 1]
    const isValue = options.some((option) => option.value !== undefined && `--${option.name}` === before)
    return !word.startsWith('-') && !isValue
  }).length
}

async function namesFor(
  completion: Extract<Completion, string>,
  readNames: () => Promise<CompletionNames>,
): Promise<readonly string[]> {
  if (completion === 'file' || completion === 'folder') return []
  return (await readNames())[completion]
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `_affluent() {
  local IFS=$'\\n'
  COMPREPLY=($(affluent __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _affluent affluent
`,
  zsh: `#compdef affluent
_affluent() {
  local -a found
  found=(\${(f)"$(affluent __complete -- "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _affluent affluent
`,
  fish: `complete -c affluent -a '(affluent __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

/** The script a shell loads once: \`source <(affluent completion bash)\`. It asks the program itself for each word. */
export function completionScript(shell: Shell): string {
  return scripts[shell]
}
