<?php
// A SoapServer whose headers matter: /ledger and /ledger12. A method for each header it knows, as PHP wants it; what it
// saw comes back in the answer, and `say` chooses what stands in the header of it.

const SPACE = 'urn:example:ledger';

class Ledger
{
    private array $seen = [];

    public function __construct(private SoapServer $server)
    {
    }

    // A fault keeps its header only when it is returned, not when it is thrown.
    public function Auth(object $auth): ?SoapFault
    {
        if ($auth->pin !== 7) {
            $detail = ['user' => $auth->user, 'attemptsLeft' => 2];
            $header = new SoapHeader(SPACE, 'AuthRefused', $detail);
            return new SoapFault('Client', 'That is not your number.', null, null, null, $header);
        }
        $this->seen[] = "auth {$auth->user}";
        return null;
    }

    public function Tenant(mixed $tenant): void
    {
        $this->seen[] = 'tenant ' . json_encode($tenant);
    }

    public function Key(mixed $key): void
    {
        $this->seen[] = 'key ' . json_encode($key);
    }

    public function Book(object $request): array
    {
        $this->server->addSoapHeader(new SoapHeader(SPACE, 'Trace', ['hop' => ['a', 'b']]));
        match ($request->say ?? '') {
            'undeclared' => $this->server->addSoapHeader(new SoapHeader('urn:other', 'Node', 'n1')),
            'must' => $this->server->addSoapHeader(new SoapHeader('urn:other', 'Node', 'n1', true)),
            'for another' => $this->server->addSoapHeader(new SoapHeader('urn:other', 'Node', 'n1', true, 'urn:elsewhere')),
            default => null,
        };
        return ['balance' => $request->amount, 'seen' => $this->seen];
    }

    public function Remark(object $request): void
    {
        if ($request->text === 'refuse') {
            throw new SoapFault('Client', 'No remarks today.');
        }
    }
}

$service = basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$wsdl = $_SERVER['DOCUMENT_ROOT'] . "/$service.wsdl";
if (!file_exists($wsdl)) {
    return false;
}
if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    header('Content-Type: text/xml; charset=utf-8');
    readfile($wsdl);
    return true;
}
$server = new SoapServer($wsdl, [
    'cache_wsdl' => WSDL_CACHE_NONE,
    'soap_version' => str_ends_with($service, '12') ? SOAP_1_2 : SOAP_1_1,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
]);
$server->setObject(new Ledger($server));
$server->handle();
return true;
