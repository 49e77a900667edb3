// Where an exchange went, as encoded text: route, service and endpoint come from the configuration, so each combination is encoded once.
import type { CallView } from '../../observe/call-view.ts'
import type { Outcome } from '../../observe/outcome.ts'

/** Combinations that are remembered. One configuration seldom has more; whatever comes in for ever starts over at this number. */
const MAX_PLACES = 16_384

/** Gives the text that `encode` makes of an exchange's route, service and endpoint. */
export function rememberPlaces(
  encode: (route: string, service: string, endpoint: string) => string,
): (call: CallView, outcome: Outcome) => string {
  const routes = new Map<string, Map<string, { readonly service: string; readonly text: string }>>()
  let places = 0
  return ({ routeName }, { service, endpoint }) => {
    const known = routes.get(routeName)?.get(endpoint)
    if (known !== undefined && known.service === service) return known.text
    if (places++ >= MAX_PLACES) {
      routes.clear()
      places = 0
    }
    const text = encode(routeName, service, endpoint)
    let endpoints = routes.get(routeName)
    if (endpoints === undefined) routes.set(routeName, (endpoints = new Map()))
    endpoints.set(endpoint, { service, text })
    return text
  }
}
