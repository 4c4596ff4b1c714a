import { errorCodes } from '../../../core/errors/error-codes.ts'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import type { RuleFault } from '../../../core/segment/rule-fault.ts'
import { readRuleText, type RuleText } from '../../../core/segment/text/parse-rule-text.ts'
import { printRule } from '../../../core/segment/text/print-rule.ts'
import { placeInText } from '../../../core/segment/text/rule-text-error.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showRule } from '../show-rule.ts'
import type { Terminal } from '../terminal.ts'

/** Reads a rule as somebody typed it, and tells what it means, or where it is wrong. Names are those of the workspace's manifests. */
export const segmentsCheck: CommandAction = async ({ terminal, folder, config }, input) => {
  const text = input.arguments['text'] ?? ''
  const { workspace } = await readWorkspaceFiles(folder, config.env)
  const read = readRuleText(text)
  const { rule } = read
  const segments = new Map([...workspace.segments].map(([name, segment]) => [name, segment.rule]))
  const { profileSchema } = workspace
  const syncs = new Set(workspace.syncs.keys())
  const faults = validateRule(rule, { name: '', profileSchema, segments, syncs })
  const [first] = faults
  if (first) {
    showFaults(terminal, text, read, faults)
    return errorCodes[first.code].exit
  }
  const sentence = describeRule(rule, terminal.translator.language)
  terminal.document('rule', { sentence, text: printRule(rule), rule })
  showRule(terminal, rule)
  return exitCode.done
}

function showFaults(terminal: Terminal, text: string, read: RuleText, faults: readonly RuleFault[]): void {
  const told = faults.map(({ path, code, params }) => ({
    code,
    ...terminal.translator.error({ code, params }),
    ...placeInText(text, read.spanOf(path)),
  }))
  const [{ code, title } = { code: 'segment.text_invalid', title: '' }] = told
  terminal.document('error', { code, title, faults: told })
  if (terminal.json) return
  for (const fault of told) {
    terminal.note(`${terminal.style('red', '✖')} ${terminal.style('bold', fault.title)}`)
    for (const line of [fault.excerpt, fault.caret, fault.repair]) terminal.note(`  ${line}`)
  }
}
