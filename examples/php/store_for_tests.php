<?php
// A mock store for tests in PHP, without packages: starts `mockstore serve`, and asks it what an importer did.
//
//   $store = new StoreForTests('--version', '4.3.4', '--orders', '20');
//   …
//   $store->stop();

declare(strict_types=1);

final class StoreForTests
{
    public readonly string $url;
    public readonly string $username;
    public readonly string $password;
    private string $control;
    private string $token;
    /** @var resource */
    private $program;
    /** @var array<int, resource> */
    private array $pipes = [];

    /** Start a store on a free port. */
    public function __construct(string ...$options)
    {
        $command = explode(' ', getenv('MOCKSTORE') ?: 'mockstore');
        array_push($command, 'serve', '--port', '0', '--json', '--control', '--no-console', ...$options);
        $this->program = proc_open($command, [1 => ['pipe', 'w'], 2 => STDERR], $this->pipes);
        $line = fgets($this->pipes[1]);
        if ($line === false) {
            throw new RuntimeException('mockstore did not start: its message is above');
        }
        $facts = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
        [$this->url, $this->username, $this->password] = [$facts['url'], $facts['username'], $facts['password']];
        [$this->control, $this->token] = [$facts['control'], $facts['control_token']];
    }

    /** Make a call of the control protocol, and return its JSON. */
    public function control(string $method, string $path, ?array $message = null): ?array
    {
        [$status, $text] = request($method, $this->control . $path, [
            "Authorization: Bearer {$this->token}",
            'Content-Type: application/json',
        ], $message === null ? '' : json_encode($message, JSON_THROW_ON_ERROR));
        if ($status >= 300) {
            throw new RuntimeException("$method $path: $status $text");
        }
        return $text === '' ? null : json_decode($text, true, flags: JSON_THROW_ON_ERROR);
    }

    /** Add orders, in the form of the control protocol. */
    public function addOrders(array ...$orders): array
    {
        return $this->control('POST', '/orders/batch', ['orders' => $orders])['results'];
    }

    /** Return the requests so far. */
    public function requests(): array
    {
        return $this->control('GET', '/journal?after=0')['requests'];
    }

    /** Let the next replies have faults: $store->faults(['kind' => 'status', 'status' => 503]). */
    public function faults(array ...$faults): void
    {
        $this->control('POST', '/faults', ['faults' => $faults]);
    }

    /** Restore the state of the start. */
    public function reset(): void
    {
        $this->control('POST', '/reset');
    }

    public function stop(): void
    {
        proc_terminate($this->program);
        fclose($this->pipes[1]);
        proc_close($this->program);
    }
}

/** Send a request, and return status and body. */
function request(string $method, string $url, array $headers, string $body = ''): array
{
    $http = ['method' => $method, 'header' => $headers, 'content' => $body, 'ignore_errors' => true, 'timeout' => 20];
    $text = file_get_contents($url, false, stream_context_create(['http' => $http]));
    return [(int) explode(' ', $http_response_header[0])[1], (string) $text];
}
