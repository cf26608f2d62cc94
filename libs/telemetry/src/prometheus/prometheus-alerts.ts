import { z } from 'zod';
import { get, mebibytes } from '../reply.ts';
import { noData, unusable } from '../lacking.ts';
import { bodyOf, type Api } from './prometheus-api.ts';
import type { Level } from '../telemetry.ts';

const labelsSchema = z.record(z.string(), z.string());
const alertingSchema = z.object({
  type: z.literal('alerting'),
  name: z.string(),
  health: z.string(),
  lastError: z.string().optional(),
  lastEvaluation: z.string(),
  state: z.string(),
  alerts: z.array(z.object({ state: z.string(), labels: labelsSchema })).default([]),
});
const rulesSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    groups: z.array(
      z.object({
        interval: z.number().nonnegative(),
        rules: z.array(z.union([alertingSchema, z.object({ type: z.literal('recording') })])),
      }),
    ),
  }),
});

type Rule = z.infer<typeof alertingSchema> & { readonly intervalMs: number };

/**
 * Whether an alert fires, by the alerting rules of Prometheus (`/api/v1/rules`): only there a rule that does not fire differs from one
 * that does not exist. Of its alerts those count whose labels contradict nothing that the source's address asks for: an expression may
 * have summed a label away, and a firing alert that is left out would be a pass.
 *
 * @throws Lacking where no rule has that name, one was not evaluated soundly or lately, or one is said to fire without its alerts
 */
export async function alertState(
  { url, fetch, timeoutMs, staleMs }: Api,
  name: string,
  matchers: readonly (readonly [label: string, value: string])[],
  now: number,
): Promise<Level> {
  const reply = await get(`${url}?type=alert`, {
    fetch,
    timeoutMs,
    accept: 'application/json',
    limitBytes: mebibytes(4),
  });
  const rules = rulesOf(bodyOf(reply)).filter((rule) => rule.name === name);
  if (rules.length === 0) throw noData(`Prometheus has no alerting rule called ${name}`);
  for (const rule of rules) mustBeSound(rule, now - staleMs);
  const firing = rules
    .flatMap(({ alerts }) => alerts)
    .filter(
      ({ state, labels }) =>
        state === 'firing' && matchers.every(([label, value]) => (labels[label] ?? value) === value),
    );
  return { value: firing.length > 0 ? 1 : 0, raw: JSON.stringify(firing).slice(0, 512) };
}

function rulesOf(body: unknown): Rule[] {
  const parsed = rulesSchema.safeParse(body);
  if (!parsed.success) throw unusable('the reply is not a list of rules');
  return parsed.data.data.groups.flatMap(({ interval, rules }) =>
    rules.flatMap((rule) => (rule.type === 'alerting' ? [{ ...rule, intervalMs: interval * 1000 }] : [])),
  );
}

function mustBeSound(
  { name, health, lastError, lastEvaluation, intervalMs, state, alerts }: Rule,
  oldest: number,
): void {
  if (health !== 'ok')
    throw unusable(`the rule ${name} is ${health}${lastError ? `: ${lastError}` : ' and was not evaluated'}`);
  const states = [state, ...alerts.map((alert) => alert.state)];
  const unknown = states.find((each) => !['inactive', 'pending', 'firing'].includes(each));
  if (unknown !== undefined) throw unusable(`the rule ${name} is in the state ${unknown}, which is not known`);
  if (state === 'firing' && !states.includes('firing', 1))
    throw unusable(`the rule ${name} fires, and none of its alerts does`);
  if (!(Date.parse(lastEvaluation) >= oldest - 2 * intervalMs))
    throw noData(`stale: the rule ${name} was evaluated at ${lastEvaluation}`);
}
