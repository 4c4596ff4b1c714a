import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { checkName } from '../../../core/segment/check-name.ts'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import { printRule } from '../../../core/segment/text/print-rule.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showRule } from '../show-rule.ts'

/** Shows a segment's rule in its three forms: the sentence, the text, the data. */
export const segmentsShow: CommandAction = async ({ terminal, folder, config }, input) => {
  const name = input.arguments['segment'] ?? ''
  const { workspace } = await readWorkspaceFiles(folder, config.env)
  const segment = workspace.segments.get(name)
  if (!segment) throw unknownSegment(name, workspace.segments.keys())
  const { rule, title } = segment
  const sentence = describeRule(rule, terminal.translator.language)
  terminal.document('segment', { name, ...(title && { title }), sentence, text: printRule(rule), rule })
  terminal.say(terminal.style('bold', title === undefined ? name : `${name} (${title})`))
  showRule(terminal, rule)
  return exitCode.done
}

function unknownSegment(name: string, known: Iterable<string>): AffluentError {
  const [fault] = checkName('segment', name, known, [])
  return new AffluentError(
    'segment.unknown_name',
    fault?.params ?? { kind: 'segment', name: name.slice(0, 64) },
  )
}
