import { Controller } from '@nestjs/common';
import { acceptPlan, lint, type Problem } from '@backstay/document';
import { Input, type InputOf, type ReplyTo } from '@backstay/service-kit/http';
import { mayDo } from '../auth/principal.ts';
import { AskedBy, type Asked } from '../deployments/asked.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { DryRuns } from './dry-runs.ts';

/** What can be said of a document before anybody asks to deploy it; nothing is recorded. */
@Controller()
export class DocumentsController {
  constructor(private readonly dryRuns: DryRuns) {}

  @ContractRoute('lintDocument')
  lint(@Input() { body }: InputOf<'lintDocument'>): ReplyTo<'lintDocument'> {
    const { document = '', plan } = body;
    const problems = plan === undefined ? lint(document) : problemsOf(plan);
    return { ok: problems.every(({ severity }) => severity !== 'error'), problems };
  }

  @ContractRoute('dryRun')
  dryRun(@Input() { body }: InputOf<'dryRun'>, @AskedBy() { by }: Asked): Promise<ReplyTo<'dryRun'>> {
    // The platform fetches the repository that a request names; a viewer may not cause that.
    return this.dryRuns.of(body, mayDo(by, 'operator'));
  }
}

/** Each with its JSON pointer. Who brings the plan does not matter here, so that its digest does not either. */
function problemsOf(plan: unknown): readonly Problem[] {
  const accepted = acceptPlan(plan, () => '');
  return accepted.ok ? [] : accepted.problems;
}
