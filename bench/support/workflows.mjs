import { join } from 'node:path';
import { MeasuredProcess } from './measured-process.mjs';
import { timingScene } from './scenes.mjs';

/** Backstay in one process and DBOS in another, on the same servers. */
export class Contest {
  backstay;
  dbos;
  #scene;
  #count = 0;

  static async open(servers) {
    const contest = new Contest();
    contest.#scene = await timingScene(servers, 'workflows');
    contest.backstay = contest.#scene.backstay;
    contest.backstay.profile(Array.from({ length: 20 }, (_, index) => `service-${index}`));
    contest.dbos = new MeasuredProcess({
      script: new URL('../peers/dbos.mjs', import.meta.url),
      env: { ...process.env, BENCH_POSTGRES_URL: await servers.database('dbos') },
      log: join(contest.#scene.directory, 'dbos.log'),
    });
    return contest;
  }

  /**
   * One deployment of a service of its own, until its environment is free again.
   * @param {(service: string, version: string) => string} document
   * @returns {Promise<{ steps: number, whole: number }>} milliseconds by the times of its events: first StepStarted to
   *   ExecutionCompleted, and request to DeploymentSucceeded
   */
  async deploy(document, everyMs = 5) {
    const begun = Date.now();
    const id = await this.backstay.request(document(`bench-${(this.#count += 1)}`, '1.0.0'));
    const { record } = this.#scene;
    await record.until('EnvironmentReleased', [id], { everyMs, withinMs: 300_000 });
    const events = await record.events(id);
    const at = (type) => events.find((event) => event.type === type).at;
    return { steps: at('ExecutionCompleted') - at('StepStarted'), overall: at('DeploymentSucceeded') - begun };
  }

  /** One workflow of DBOS. @returns {Promise<number>} milliseconds from start to result */
  workflow(name = 'nothing') {
    return this.dbos.ask({ question: 'workflow', name });
  }

  async close() {
    await this.dbos.stop();
    await this.#scene.close();
  }
}
