% What Octave's netcdf package reads in a map: the lines of read.py. Octave shows the dimensions in reverse order.
pkg load netcdf
map = argv(){end};
attribute = @(name, key) ncreadatt(map, name, key);
regime = ncread(map, "regime");
status = ncread(map, "status");
amplitude = ncread(map, "amplitude");
steps = ncread(map, "steps");
assert(class(regime), "int8");
assert(class(status), "int8");
dimensions = ncinfo(map, "regime").Dimensions;
axes = fliplr({dimensions.Name});
printf("dimensions");
for i = 1:numel(axes)
  printf(" %s=%d", axes{i}, size(regime, numel(axes) + 1 - i));
end
printf("\n");
for i = 2:numel(axes)
  values = ncread(map, axes{i});
  printf("%s %s %.9g %.9g\n", axes{i}, attribute(axes{i}, "units"), values(1), values(end));
end
printf("A %s %.9g\n", attribute("A", "units"), ncread(map, "A"));
printf("meanings %s\n", attribute("regime", "flag_meanings"));
count = @(values, flags) arrayfun(@(flag) sum(values(:) == flag), flags(:)');
printf("regimes%s\n", sprintf(" %d", count(regime, attribute("regime", "flag_values"))));
printf("status%s\n", sprintf(" %d", count(status, attribute("status", "flag_values"))));
known = amplitude(! isnan(amplitude));
printf("amplitude %d %.9g %s\n", numel(known), sum(known), attribute("amplitude", "units"));
printf("corner %.9g %d %d\n", amplitude(end, 1, 1), regime(end, 1, 1), steps(end, 1, 1));
