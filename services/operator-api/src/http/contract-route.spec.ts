import { Readable } from 'node:stream';
import { routes } from '@backstay/api-contract';
import { describe, expect, it } from 'vitest';
import { HttpReply, mediaTypes, routeOf } from '@backstay/service-kit/http';
import { ContractRoute } from './contract-route.ts';

const rebuilt = { projection: 'dora', cursor: null };
const trail = { entries: [], intact: true, firstBroken: null, next: null };

/** The compiler takes these. */
class Handlers {
  @ContractRoute('rebuildProjection')
  bare() {
    return rebuilt;
  }

  @ContractRoute('rebuildProjection')
  async withHeaders() {
    return new HttpReply(rebuilt, { location: '/' });
  }

  @ContractRoute('getAuditTrail')
  inOneOfItsMedia(): HttpReply<typeof trail> | ReturnType<typeof HttpReply.media> {
    return trail.intact ? new HttpReply(trail) : HttpReply.media(mediaTypes.csv, Readable.from(['time']));
  }

  @ContractRoute('listDeployments')
  asItIsStored() {
    return HttpReply.storedJson('{"deployments":[],"next":null}');
  }
}

/** The compiler refuses these, each for the reason beside it; a reason that no longer holds is an error itself. */
class WrongHandlers {
  // @ts-expect-error `cursor` is missing
  @ContractRoute('rebuildProjection')
  incomplete() {
    return { projection: 'dora' };
  }

  // @ts-expect-error `cursor` is a text or null
  @ContractRoute('rebuildProjection')
  async ofAnotherType() {
    return { projection: 'dora', cursor: 5 };
  }

  // @ts-expect-error headers do not excuse the body
  @ContractRoute('rebuildProjection')
  incompleteWithHeaders() {
    return new HttpReply({ projection: 'dora' });
  }

  // @ts-expect-error no object at all is not checked
  @ContractRoute('rebuildProjection')
  ofNoType(): object {
    return rebuilt;
  }

  // @ts-expect-error nor is a body that nobody looked at
  @ContractRoute('rebuildProjection')
  unknownBody(): HttpReply<unknown> {
    return new HttpReply(rebuilt);
  }

  // @ts-expect-error text is JSON or another medium only where it is said to be
  @ContractRoute('listDeployments')
  text() {
    return new HttpReply('{"deployments":[],"next":null}');
  }

  // @ts-expect-error what a POST replies is stored as JSON, and would be text in it
  @ContractRoute('rebuildProjection')
  storedReplyOfPost() {
    return HttpReply.storedJson('{}');
  }

  // @ts-expect-error the route has no medium but JSON
  @ContractRoute('getSteps')
  anotherMedium() {
    return HttpReply.media(mediaTypes.csv, '');
  }

  // @ts-expect-error the route has no JSON
  @ContractRoute('getStepOutput')
  jsonOfText() {
    return { text: '' };
  }

  // @ts-expect-error nothing is no reply
  @ContractRoute('getSteps')
  nothing(): void {}
}

describe('the handler of a route', () => {
  it('is held to the response of its route by the compiler, and served as that route', () => {
    expect(routeOf(Handlers.prototype.bare)).toBe(routes.rebuildProjection);
    expect(routeOf(Handlers.prototype.asItIsStored)).toBe(routes.listDeployments);
    expect(routeOf(WrongHandlers.prototype.jsonOfText)).toBe(routes.getStepOutput);
  });
});
