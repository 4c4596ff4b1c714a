import type { AnyRouteContract } from '../../hub-server/api/contract/describe-route.ts'
import type { Route } from '../../hub-server/api/define-route.ts'

/** The contract of a route, with a handler that does nothing: what is looked at is who gets through to it. */
export const stubRoute = (contract: AnyRouteContract): Route => ({
  contract,
  check: () => undefined,
  answer: () => Promise.resolve(contract.example.answer),
  async *follow() {},
})

/** The path of a route, with the parameters of its example. */
export const examplePath = ({ path, example }: AnyRouteContract): string =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => example.params?.[name] ?? 'x')
