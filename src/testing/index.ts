// The public entry `tidegate/testing`: what a plugin's author tests with.
export { FakeCall, fakeHeaders, type FakeCallInit, type FakeHeaders } from './fake-call.ts'
export { FakeResponse } from './fake-response.ts'
export { runPolicy, runPreflight, type PolicyRun, type PolicyScenario } from './run-policy.ts'
export { conformPolicy, conformSink, type ConformanceOptions } from './conformance.ts'
export { TestClock } from './test-clock.ts'
export { scriptedService, type Script, type ScriptedRequest, type ScriptedResponse, type ScriptedService } from './scripted-service.ts'
