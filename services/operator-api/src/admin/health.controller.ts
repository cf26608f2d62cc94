import { Controller, Inject } from '@nestjs/common';
import type { Platform } from '@backstay/service-kit';
import { Answer } from '../http/answer.ts';
import { Overloaded } from '../http/errors.ts';
import { Serves } from '../http/serves.ts';
import { PLATFORM } from '../tokens.ts';

@Controller()
export class HealthController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Serves('live')
  live(): object {
    return { status: 'ok', service: this.platform.name };
  }

  /** Ready is who can reach the record; without it nothing can be answered. */
  @Serves('ready')
  async ready(): Promise<object> {
    await this.platform.pool.query('SELECT 1').catch(() => {
      throw new Overloaded('PostgreSQL does not answer');
    });
    return { status: 'ok', service: this.platform.name };
  }

  @Serves('metrics')
  async metrics(): Promise<Answer> {
    const { registry } = this.platform;
    return new Answer(await registry.metrics(), { 'content-type': registry.contentType });
  }
}
