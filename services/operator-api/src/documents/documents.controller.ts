import { Body, Controller, Query } from '@nestjs/common';
import { acceptPlan, lint, type Problem } from '@backstay/document';
import type { z } from 'zod';
import { mayDo } from '../auth/principal.ts';
import { AskedBy, type Asked } from '../deployments/asked.ts';
import { dryRunBody, lintBody, markdown, requestQuery } from '../http/inputs.ts';
import { Serves } from '../http/serves.ts';
import { checked, valid } from '../http/valid.ts';
import { DryRuns, type DryRun } from './dry-runs.ts';

/** What can be said of a document before anybody asks to deploy it; nothing is recorded. */
@Controller()
export class DocumentsController {
  constructor(private readonly dryRuns: DryRuns) {}

  @Serves('lintDocument')
  lint(@Body() body: unknown): { ok: boolean; problems: readonly Problem[] } {
    const { document = '', plan } =
      typeof body === 'string' ? { document: checked(markdown, body) } : checked(lintBody, body);
    const problems = plan === undefined ? lint(document) : problemsOf(plan);
    return { ok: problems.every(({ severity }) => severity !== 'error'), problems };
  }

  @Serves('dryRun')
  dryRun(
    @Body() body: unknown,
    @Query(valid(requestQuery, 'parameter')) query: z.infer<typeof requestQuery>,
    @AskedBy() { by }: Asked,
  ): Promise<DryRun> {
    const wanted =
      typeof body === 'string' ? { document: checked(markdown, body), ...query } : checked(dryRunBody, body);
    // A repository that a request names is fetched: whoever may only look may not make the platform do so.
    return this.dryRuns.of(wanted, mayDo(by, 'operator'));
  }
}

/** Each with its JSON pointer. Who brings the plan does not matter here, so that its digest does not either. */
function problemsOf(plan: unknown): readonly Problem[] {
  const accepted = acceptPlan(plan, () => '');
  return accepted.ok ? [] : accepted.problems;
}
