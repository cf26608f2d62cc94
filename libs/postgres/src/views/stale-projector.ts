/** Another projector moved the checkpoint, or another generation serves: begin again from the stored checkpoint. */
export class StaleProjector extends Error {
  override readonly name = 'StaleProjector';

  constructor(projection: string) {
    super(`the checkpoint of ${projection} is no longer where this projector left it`);
  }
}
