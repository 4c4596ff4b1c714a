import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { measurementBody, validate, type MeasurementBody } from './measurement-rules.ts'
import type { SandboxProperty, SandboxUser } from './sandbox-property.ts'

/**
 * `/mp/collect`: 204 to everything, also to garbage and to a wrong secret (trap 4); only what is good is recorded.
 * `/debug/mp/collect`: tells what is wrong, records nothing, does not look at the secret.
 */
export function measurementRoutes(property: SandboxProperty): readonly SandboxRoute[] {
  return [
    { method: 'POST', pattern: /^\/mp\/collect$/, answer: (request) => collect(property, request) },
    {
      method: 'POST',
      pattern: /^\/debug\/mp\/collect$/,
      answer: (request) => ({
        status: 200,
        body: { validationMessages: validate(request.text, readBody(request), property.clock) },
      }),
    },
  ]
}

/** Google reads the body as JSON whatever its content type says. */
function readBody(request: SandboxRequest): unknown {
  try {
    return JSON.parse(request.text)
  } catch {
    return undefined
  }
}

function collect(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const json = readBody(request)
  const [fault] = validate(request.text, json, property.clock)
  if (!isOwnStream(property, request.query)) property.discarded.push('wrong stream or secret')
  else if (fault) property.discarded.push(`${fault.fieldPath}: ${fault.validationCode}`)
  else record(property, measurementBody.parse(json))
  return { status: 204 }
}

function isOwnStream(property: SandboxProperty, query: URLSearchParams): boolean {
  const { measurementId, firebaseAppId } = property.stream
  const isStream =
    query.get('measurement_id') === measurementId || query.get('firebase_app_id') === firebaseAppId
  return isStream && property.secrets.includes(query.get('api_secret') ?? '')
}

/** Each request is recorded as it comes: there is no id by which a repeated one would be known. */
function record(property: SandboxProperty, body: MeasurementBody): void {
  const key = body.user_id ?? body.client_id ?? body.app_instance_id ?? ''
  const user: SandboxUser = property.users.get(key) ?? { ids: idsOf(body), properties: new Map(), events: [] }
  property.users.set(key, user)
  for (const [name, { value }] of Object.entries(body.user_properties)) user.properties.set(name, value)
  const at = body.timestamp_micros === undefined ? property.clock.now() : Number(body.timestamp_micros) / 1000
  for (const event of body.events) {
    user.events.push({ at, name: event.name, params: event.params })
    property.ledger.push({ at, operation: event.name, target: property.stream.measurementId, members: [key] })
  }
}

function idsOf({ user_id, client_id, app_instance_id }: MeasurementBody): Readonly<Record<string, string>> {
  return {
    ...(user_id !== undefined && { user_id }),
    ...(client_id !== undefined && { client_id }),
    ...(app_instance_id !== undefined && { app_instance_id }),
  }
}
