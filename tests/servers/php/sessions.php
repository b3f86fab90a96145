<?php
// Two services that want a login first, from one WSDL: /by-cookie keeps the object in PHP's own session
// (setPersistence), /by-header wants the token of the login in a SOAP header. Sessions are files below the document
// root, so that a test can end them all.

$folder = $_SERVER['DOCUMENT_ROOT'] . '/sessions';
session_save_path($folder);

function known(object $who): bool
{
    return $who->userName === 'shop' && $who->password === 's3cret-of-php';
}

function over(): SoapFault
{
    return new SoapFault('Client.SessionExpired', 'Please log in.');
}

class ByCookie
{
    private ?string $user = null;

    public function Login(object $who): array
    {
        if (!known($who)) {
            throw new SoapFault('Client', 'The password is wrong.');
        }
        $this->user = $who->userName;
        return ['sessionId' => session_id()];
    }

    public function GetOrder(object $request): array
    {
        if ($this->user === null) {
            throw over();
        }
        return ['orderId' => $request->orderId, 'user' => $this->user];
    }

    public function Logout(): array
    {
        session_destroy();
        return [];
    }
}

class ByHeader
{
    private string $token = '';

    public function SessionHeader(object $header): void
    {
        $this->token = $header->sessionId;
    }

    private function file(): string
    {
        return $GLOBALS['folder'] . '/token_' . preg_replace('/[^0-9a-f]/', '', $this->token);
    }

    public function Login(object $who): array
    {
        if (!known($who)) {
            throw new SoapFault('Client', 'The password is wrong.');
        }
        $this->token = bin2hex(random_bytes(16));
        file_put_contents($this->file(), $who->userName);
        return ['sessionId' => $this->token];
    }

    public function GetOrder(object $request): array
    {
        if ($this->token === '' || !file_exists($this->file())) {
            throw over();
        }
        return ['orderId' => $request->orderId, 'user' => file_get_contents($this->file())];
    }

    public function Logout(): array
    {
        unlink($this->file());
        return [];
    }
}

$service = basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$server = new SoapServer($_SERVER['DOCUMENT_ROOT'] . '/sessions.wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass($service === 'by-cookie' ? 'ByCookie' : 'ByHeader');
if ($service === 'by-cookie') {
    session_start();
    $server->setPersistence(SOAP_PERSISTENCE_SESSION);
}
$server->handle();
return true;
