import { Body, Controller } from '@nestjs/common';
import { parseDocument, type Problem } from '@backstay/document';
import { lintBody, markdown } from '../http/inputs.ts';
import { Serves } from '../http/serves.ts';
import { checked } from '../http/valid.ts';

/** What can be said of a document before anybody asks to deploy it; nothing is recorded. */
@Controller()
export class DocumentsController {
  @Serves('lintDocument')
  lint(@Body() body: unknown): { ok: boolean; problems: readonly Problem[] } {
    const document = typeof body === 'string' ? checked(markdown, body) : checked(lintBody, body).document;
    const parsed = parseDocument(document);
    return { ok: parsed.ok, problems: parsed.ok ? parsed.warnings : parsed.problems };
  }
}
