// The ledger of its working directory through the `soap` package, /ledger and /ledger12: what it saw of the headers comes
// back in the answer, and its own answer relates to the message it answers, unless it is told to say something else.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const soap = require('soap');

const WSA = 'http://www.w3.org/2005/08/addressing';
const ledger = {
  Book({ amount }, callback, headers) {
    return { balance: amount, seen: Object.entries(headers || {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`) };
  },
  Remark() {},
};

function relatesTo(method, args, headers) {
  if (method !== 'Book' || !headers || !headers.MessageID || args.say === 'nothing') return '';
  const whom = args.say === 'somebody else' ? 'urn:uuid:somebody-else' : headers.MessageID;
  return `<a:RelatesTo xmlns:a="${WSA}">${whom}</a:RelatesTo>`
    + `<a:Action xmlns:a="${WSA}" soap:mustUnderstand="1">urn:example:ledger:Ledger:BookResponse</a:Action>`
    + `<a:ReplyTo xmlns:a="${WSA}"><a:Address>http://127.0.0.1:9/elsewhere</a:Address></a:ReplyTo>`;
}

const server = http.createServer((request, response) => {
  response.statusCode = 404;
  response.end();
});

server.listen(0, '127.0.0.1', async () => {
  for (const service of ['ledger', 'ledger12']) {
    const file = path.join(process.cwd(), `${service}.wsdl`);
    await new Promise((resolve, reject) => {
      const listening = soap.listen(server, {
        path: `/${service}`,
        services: { Ledger: { Ledger: ledger } },
        xml: fs.readFileSync(file, 'utf8'),
        uri: file,
        forceSoap12Headers: service.endsWith('12'),
        callback: (error) => (error ? reject(error) : resolve()),
      });
      listening.addSoapHeader(relatesTo);
    });
  }
  console.log(`listening on ${server.address().port}`);
});
