import type { NodeExplanation } from '../../../core/port/segment-store.ts'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import { explainSync, type SyncExplanation } from '../../explain/explain-sync.ts'
import { requireApplied } from '../../hub.ts'
import { readInstant } from '../as-of.ts'
import { optionValue, type CommandDefinition } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Style, Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Says why a person is, or is not, in a sync's audience, from source record to the platform's words. */
export const explainCommand: CommandDefinition = {
  name: 'explain',
  arguments: [
    { name: 'person', required: true },
    { name: 'sync', required: true, complete: 'sync' },
  ],
  options: [{ name: 'as-of', value: 'INSTANT' }],
  examples: [
    'affluent explain ada@example.com lapsed-to-meta',
    'affluent explain p_12 big-spenders-to-hubspot --json',
  ],
  async run(context, input) {
    const { terminal } = context
    const question = {
      person: input.arguments['person'] ?? '',
      sync: input.arguments['sync'] ?? '',
      asOf: readInstant(optionValue(input, 'as-of'), context.clock),
    }
    const explanation = await withHub(context, 'explain', async (hub) => {
      const open = await hub.open(await requireApplied(hub, 'affluent explain'))
      return explainSync(open, question)
    })
    terminal.document('explanation', { ...explanation, sync: explanation.sync.name })
    showVerdict(terminal, question.person, explanation)
    showProfile(terminal, explanation)
    showRule(terminal, explanation)
    showConsent(terminal, explanation)
    showDelivery(terminal, explanation)
    return exitCode.done
  },
}

function showVerdict(terminal: Terminal, person: string, { sync, isIn }: SyncExplanation): void {
  const { t } = terminal.translator
  const verdict = t(isIn ? 'explain.is_in' : 'explain.is_not_in', {
    person,
    audience: sync.destination.audience,
    sync: sync.name,
  })
  terminal.say(terminal.style('bold', verdict))
}

function showProfile(terminal: Terminal, { profile }: SyncExplanation): void {
  const { t } = terminal.translator
  terminal.say()
  terminal.say(t('explain.profile', { profile: profile.profileId, records: profile.sourceRecords.length }))
  for (const { kind, value, connection, stream, externalId } of profile.identifiers) {
    terminal.say(
      `  ${t('explain.identifier', { kind, value: String(value), connection, stream, id: externalId })}`,
    )
  }
  for (const [trait, proven] of Object.entries(profile.traits)) {
    const { value, connection, stream, externalId, versionAt } = proven
    const shown = {
      trait,
      value: String(value),
      connection,
      stream,
      id: externalId,
      date: terminal.instant(versionAt),
    }
    terminal.say(`  ${t('explain.trait', shown)}`)
  }
}

const truths: Readonly<Record<'true' | 'false' | 'null', readonly [string, Style]>> = {
  true: ['✔', 'green'],
  false: ['✖', 'red'],
  null: ['?', 'yellow'],
}

function showRule(terminal: Terminal, { sync, memberSince, rule }: SyncExplanation): void {
  const { t } = terminal.translator
  const heading =
    memberSince === undefined
      ? t('explain.segment_out', { segment: sync.segment })
      : t('explain.segment_in', { segment: sync.segment, date: terminal.instant(memberSince) })
  terminal.say()
  terminal.say(heading)
  showNode(terminal, rule, 1)
}

function showNode(terminal: Terminal, node: NodeExplanation, depth: number): void {
  const { t, language } = terminal.translator
  const truth = node.truth === null ? 'null' : node.truth ? 'true' : 'false'
  const [mark, style] = truths[truth]
  const isGroup = node.children.length > 0
  const value =
    isGroup || node.value === null ? '' : ` — ${t('explain.value', { value: String(node.value) })}`
  const text = describeRule(node.rule, language)
  terminal.say(
    `${'  '.repeat(depth)}${terminal.style(style, mark)} ${text}${value} (${t(`explain.truth_${truth}`)})`,
  )
  for (const child of node.children) showNode(terminal, child, depth + 1)
}

function showConsent(terminal: Terminal, { consents }: SyncExplanation): void {
  const { t } = terminal.translator
  terminal.say()
  if (consents === undefined) terminal.say(t('explain.consent_unmapped'))
  else if (consents === 'not_required') terminal.say(t('explain.consent_not_required'))
  else {
    for (const { purpose, channel, status } of consents) {
      terminal.say(t('explain.consent', { purpose, channel, status: t(`explain.${status}`) }))
    }
  }
}

function showDelivery(terminal: Terminal, { matchFields, delivery, waitingRun }: SyncExplanation): void {
  const { t } = terminal.translator
  const key = matchFields.present.length > 0 ? 'explain.match' : 'explain.no_match'
  const fields = matchFields.present.length > 0 ? matchFields.present : matchFields.wanted
  terminal.say(t(key, { fields: fields.join(', ') }))
  if (waitingRun) terminal.say(t('explain.guard', { run: waitingRun.id }))
  if (!delivery) {
    terminal.say(t('explain.no_delivery'))
    return
  }
  const status = t(`explain.statuses.${delivery.status}`)
  terminal.say(
    t('explain.delivery', { status, date: terminal.instant(delivery.acknowledgedAt), run: delivery.runId }),
  )
  if (delivery.reasonCode !== null) {
    terminal.say(t('explain.said', { message: delivery.reasonMessage ?? '', code: delivery.reasonCode }))
  }
}
