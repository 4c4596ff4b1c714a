/** Where traces go, by the standard variables of OpenTelemetry. */
export interface TracingConfig {
  /** Address that takes spans as OTLP over HTTP. */
  readonly url: string
  /** Sent with each export: access to the collector. Never printed. */
  readonly headers: Readonly<Record<string, string>>
  readonly service: string
  /** Share of the traces that are exported, 0 to 1. */
  readonly share: number
}

/** The variables, checked. */
interface TracingVariables {
  readonly OTEL_SDK_DISABLED?: 'true' | 'false' | undefined
  readonly OTEL_TRACES_EXPORTER?: 'otlp' | 'none' | undefined
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string | undefined
  readonly OTEL_SERVICE_NAME?: string | undefined
  readonly OTEL_TRACES_SAMPLER_ARG?: number | undefined
}

/**
 * Export is on where an endpoint is named and nothing turns it off. The general endpoint gets "/v1/traces" behind it, that of traces is taken as
 * it is: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
 */
export function readTracing(variables: TracingVariables): TracingConfig | undefined {
  const general = variables.OTEL_EXPORTER_OTLP_ENDPOINT
  const url =
    variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
    (general === undefined ? undefined : `${general.replace(/\/$/, '')}/v1/traces`)
  const isOff = variables.OTEL_SDK_DISABLED === 'true' || variables.OTEL_TRACES_EXPORTER === 'none'
  if (url === undefined || isOff) return undefined
  return {
    url,
    headers: readHeaders(variables.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    service: variables.OTEL_SERVICE_NAME ?? 'affluent',
    share: variables.OTEL_TRACES_SAMPLER_ARG ?? 1,
  }
}

/** "name=value,name=value", percent-encoded as in W3C Baggage. */
function readHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())]]
  })
  return Object.fromEntries(pairs)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
