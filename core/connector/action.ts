import type { z } from 'zod'
import type { JsonObject } from '../port/json.ts'
import type { ConnectorContext } from './connector.ts'

/**
 * What an action does at the platform, the worst of it. `reads`: nothing. `changes`: makes or changes audiences, fields,
 * budgets. `ends_access`: the hub can do nothing there afterwards. `removes_people`: people or members are gone, and nothing brings them back.
 */
export const actionEffects = ['reads', 'changes', 'ends_access', 'removes_people'] as const
export type ActionEffect = (typeof actionEffects)[number]

/**
 * Something a person asks of a platform beside syncs: make a lookalike, exclude an audience from an ad set, create a custom field.
 * Named by a snake-case verb phrase. Its input is checked by its schema before anything is sent; its answer is data.
 */
export interface Action<Config> {
  readonly name: string
  readonly description: string
  readonly effect: ActionEffect
  readonly input: z.ZodType
  /** Gets the parsed input. */
  readonly run: (context: ConnectorContext<Config>, input: unknown) => Promise<JsonObject>
}

/** Makes an action whose input type is closed over, so that all actions fit one list without casts. */
export function defineAction<Config, Schema extends z.ZodType>(action: {
  readonly name: string
  readonly description: string
  readonly effect: ActionEffect
  readonly input: Schema
  readonly run: (context: ConnectorContext<Config>, input: z.output<Schema>) => Promise<JsonObject>
}): Action<Config> {
  return { ...action, run: (context, input) => action.run(context, action.input.parse(input)) }
}
